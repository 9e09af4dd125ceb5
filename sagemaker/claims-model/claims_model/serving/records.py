"""Reads claims from a body: JSON, JSON Lines, CSV."""

from __future__ import annotations

import csv
import json
from typing import Any, Callable

from claims_model.schema import FEATURES, NAMES, read
from claims_model.serving.problems import MOST_ERRORS, Fault, Problem, faulty_records


def _loads(text: bytes, where: str) -> Any:
    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is not a JSON value")

    try:
        return json.loads(text, parse_constant=refuse)
    # A RecursionError is deep nesting.
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"{where} is not JSON: {str(error)[:80]}") from None


def from_json(body: bytes) -> list[Any]:
    """Return the claims of a JSON body.

    The supplied contract is `{"data": [[37 values], …]}`; a claim as an object, and an array of them, are read too.
    """
    content = _loads(body, "the body")
    if isinstance(content, dict) and "data" in content:
        if set(content) != {"data"}:
            raise Problem(422, "the body must have the field data alone")
        content = content["data"]
    elif isinstance(content, dict):
        return [content]
    if isinstance(content, list) and content:
        return content
    raise Problem(422, "the body must be a claim, an array of claims, or an object with an array data")


def from_json_lines(body: bytes) -> list[Any]:
    """Return the claims of a body with one JSON value a line."""
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
    if not lines:
        raise Problem(422, "the body has no claims")
    return [_loads(line, f"line {number}") for number, line in lines]


def from_csv(body: bytes) -> list[Any]:
    """Return the claims of a CSV body: 37 values in the supplied order, or in the order of a header."""
    try:
        rows = [row for row in csv.reader(body.decode("utf-8-sig").splitlines(), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Problem(400, f"the body is not CSV in UTF-8: {error}") from None
    order = list(FEATURES)
    if rows and sorted(cell.strip() for cell in rows[0]) == sorted(NAMES):
        order = [FEATURES[NAMES.index(cell.strip())] for cell in rows.pop(0)]
    if not rows:
        raise Problem(422, "the body has no claims")
    for number, row in enumerate(rows):
        if len(row) != len(order):
            raise Problem(422, f"record {number} has {len(row)} values instead of {len(order)}")
    return [{feature.name: feature.parse(cell) for feature, cell in zip(order, row)} for row in rows]


READERS: dict[str, Callable[[bytes], list[Any]]] = {
    "application/json": from_json,
    "application/jsonlines": from_json_lines,
    "text/csv": from_csv,
}


def read_all(records: list[Any]) -> list[list[Any]]:
    """Return each claim's values. Raises the `Problem` that names the wrong fields."""
    claims = []
    faults: list[Fault] = []
    for number, record in enumerate(records):
        values, problems = read(record)
        claims.append(values)
        faults += [Fault(number, field, problem) for field, problem in problems]
        if len(faults) >= MOST_ERRORS:
            break
    if faults:
        raise faulty_records(faults[:MOST_ERRORS])
    return claims
