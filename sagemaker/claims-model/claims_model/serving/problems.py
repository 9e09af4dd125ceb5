"""Reasons to refuse a request."""

from __future__ import annotations

from typing import NamedTuple

# A request with more wrong fields than this is the wrong file; the rest is not read.
MOST_ERRORS = 20


class Fault(NamedTuple):
    """A wrong field of one record; records count from 0."""

    record: int
    field: str
    problem: str


class Problem(Exception):
    """A refused request: the status, one line that says why, and the faults of its records."""

    def __init__(self, status: int, detail: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = faults


def faulty_records(faults: list[Fault]) -> Problem:
    """Return the refusal of records with wrong values."""
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Problem(422, f"record {first.record}: {first.field} {first.problem}{more}", tuple(faults))
