"""What can be wrong with a request."""

from __future__ import annotations

from typing import NamedTuple

# More than this is a wrong file, not a wrong field: the rest is not looked at.
MOST_ERRORS = 20


class Fault(NamedTuple):
    """What is wrong with one field of one record, counted from 0."""

    record: int
    field: str
    problem: str


class Problem(Exception):
    """A request that is refused: the status, one line that says why, and the faults of its records."""

    def __init__(self, status: int, detail: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = faults


def faulty_records(faults: list[Fault]) -> Problem:
    """Return the refusal of records whose values are wrong."""
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Problem(422, f"record {first.record}: {first.field} {first.problem}{more}", tuple(faults))
