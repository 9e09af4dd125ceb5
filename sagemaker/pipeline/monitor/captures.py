"""Capture files as SageMaker writes them, and back to claims and predictions.

A line is an event: `captureData` with `endpointInput` and `endpointOutput`, each with its content type, encoding and
data; `eventMetadata` with `eventId`, `inferenceTime` and, where the caller gave one, `inferenceId`. Files lie below
ENDPOINT/VARIANT/YEAR/MONTH/DAY/HOUR/. Results of a batch transform job are read too.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Unreadable(ValueError):
    """A line that is not a capture of this model."""


@dataclass(frozen=True)
class Prediction:
    """One claim that was scored. `inference` names the request, where its caller did."""

    # None for a batch transform job, whose lines have no time.
    at: datetime | None
    inference: str | None
    claim: dict[str, Any]
    expected_cost: float


def predictions(key: str, text: str, names: Sequence[str]) -> Iterator[Prediction | Unreadable]:
    """Yield what a capture file holds. `names` are the claims' fields in the order of a CSV without a header."""
    name = key.rpartition("/")[2]
    for number, line in enumerate(text.splitlines(), 1):
        try:
            event = json.loads(line)
            given = _payload(event["captureData"]["endpointInput"])
            answered = _payload(event["captureData"]["endpointOutput"])
            claims, costs = _claims(*given, names), _costs(*answered)
            at = datetime.fromisoformat(event["eventMetadata"]["inferenceTime"])
            inference = event["eventMetadata"].get("inferenceId")
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            yield Unreadable(f"{name}:{number}: {error!r}")
            continue
        if len(claims) != len(costs):
            yield Unreadable(f"{name}:{number}: {len(claims)} claims and {len(costs)} predictions")
            continue
        for claim, cost in zip(claims, costs, strict=True):
            # A request with several claims cannot be joined with one cost.
            yield Prediction(at, inference if len(claims) == 1 else None, claim, cost)


def results(key: str, text: str) -> Iterator[Prediction | Unreadable]:
    """Yield what a batch transform job wrote: the claims it was given, each with its answer."""
    for number, line in enumerate(text.splitlines(), 1):
        try:
            item = json.loads(line)
            yield Prediction(None, item["id"], item["claim"], float(item["SageMakerOutput"]["expected_cost"]))
        except (KeyError, TypeError, ValueError) as error:
            yield Unreadable(f"{key.rpartition('/')[2]}:{number}: {error!r}")


def _payload(part: dict[str, Any]) -> tuple[str, str]:
    data = part["data"]
    if part["encoding"] == "BASE64":
        data = base64.b64decode(data, validate=True).decode()
    return part["observedContentType"].partition(";")[0].strip(), data


def _claims(kind: str, data: str, names: Sequence[str]) -> list[dict[str, Any]]:
    if kind == "application/json":
        found = json.loads(data)
        return found if isinstance(found, list) else [found]
    if kind == "application/jsonlines":
        return [json.loads(line) for line in data.splitlines() if line.strip()]
    if kind == "text/csv":
        rows = [row for row in csv.reader(io.StringIO(data)) if row]
        if rows and set(rows[0]) <= set(names):
            header, rows = rows[0], rows[1:]
        else:
            header = list(names)
        return [{name: _value(cell) for name, cell in zip(header, row, strict=True)} for row in rows]
    raise ValueError(f"content type {kind}")


def _value(cell: str) -> Any:
    if cell == "":
        return None
    if cell in ("true", "false"):
        return cell == "true"
    try:
        return int(cell)
    except ValueError:
        return cell


def _costs(kind: str, data: str) -> list[float]:
    if kind == "application/json":
        return [float(item["expected_cost"]) for item in json.loads(data)["predictions"]]
    if kind == "application/jsonlines":
        return [float(json.loads(line)["expected_cost"]) for line in data.splitlines() if line.strip()]
    if kind == "text/csv":
        return [float(row[0]) for row in csv.reader(io.StringIO(data)) if row and row[0] != "expected_cost"]
    raise ValueError(f"content type {kind}")
