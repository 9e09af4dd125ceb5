"""Reads records from a body: JSON, JSON Lines, CSV."""

from __future__ import annotations

import csv
from typing import Any, Callable

import orjson

from claims_model.schema import FEATURES, NAMES, encode
from claims_model.serving.problems import MOST_ERRORS, Fault, Problem, faulty_records


def from_json(body: bytes) -> list[Any]:
    """Return the records of a JSON body: an object is one, an array holds many."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    if isinstance(content, dict):
        return [content]
    if isinstance(content, list) and content:
        return content
    raise Problem(422, "the body must be a claim or an array of one claim or more")


def from_json_lines(body: bytes) -> list[Any]:
    """Return the records of a body with one JSON object a line. Empty lines are passed over."""
    records = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            records.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise Problem(400, f"line {number} is not JSON: {error}") from None
    if not records:
        raise Problem(422, "the body has no records")
    return records


def from_csv(body: bytes) -> list[Any]:
    """Return the records of a CSV body: all fields in the order of the schema, or in that of a header.

    Without a header a row's fields are told by their place, as SageMaker sends them.
    """
    try:
        rows = [row for row in csv.reader(body.decode("utf-8-sig").splitlines(), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Problem(400, f"the body is not CSV in UTF-8: {error}") from None
    order = list(FEATURES)
    if rows and sorted(cell.strip() for cell in rows[0]) == sorted(NAMES):
        order = [FEATURES[NAMES.index(cell.strip())] for cell in rows.pop(0)]
    if not rows:
        raise Problem(422, "the body has no records")
    for number, row in enumerate(rows):
        if len(row) != len(order):
            raise Problem(422, f"record {number} has {len(row)} fields instead of {len(order)}: {', '.join(NAMES)}")
    return [{feature.name: feature.parse(cell) for feature, cell in zip(order, row)} for row in rows]


READERS: dict[str, Callable[[bytes], list[Any]]] = {
    "application/json": from_json,
    "application/jsonlines": from_json_lines,
    "text/csv": from_csv,
}


def encode_all(records: list[Any], first: int = 0) -> list[list[float]]:
    """Return the records as the model's rows, or raise the `Problem` that names what is wrong with them.

    Faults count the records from `first`.
    """
    rows = []
    faults: list[Fault] = []
    for number, record in enumerate(records, start=first):
        if isinstance(record, dict):
            row, problems = encode(record)
            rows.append(row)
            faults += [Fault(number, field, problem) for field, problem in problems]
        else:
            faults.append(Fault(number, "claim", "must be an object"))
        if len(faults) >= MOST_ERRORS:
            break
    if faults:
        raise faulty_records(faults[:MOST_ERRORS])
    return rows
