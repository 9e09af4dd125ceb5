"""Claims with their known costs, as they arrive in S3: a JSON line of `id`, `date`, `cost` and `claim`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from claims_model.schema import encode
from claims_model.training.claims import Claims


class Labelled(NamedTuple):
    """One claim with its known cost."""

    date: date
    cost: float
    claim: dict[str, Any]


def read(folder: Path) -> Iterator[Labelled | str]:
    """Yield each line of the folder's .jsonl files, or the text of what is wrong with it.

    A claim may cost nothing. A negative cost is a recovery above the payments: its claim cost nothing too.
    """
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    record = json.loads(line)
                    cost = record["cost"]
                    if isinstance(cost, bool) or not isinstance(cost, int | float) or cost != cost:
                        raise ValueError("cost is not a number")
                    _, problems = encode(record["claim"])
                    if problems:
                        raise ValueError(f"{problems[0][0]} {problems[0][1]}")
                    yield Labelled(date.fromisoformat(record["date"]), max(float(cost), 0.0), record["claim"])
                except (KeyError, TypeError, ValueError) as error:
                    text = f"{error} is missing" if isinstance(error, KeyError) else str(error)
                    yield f"{path.name}:{number}: {text}"


def write(folder: Path, claims: list[Labelled]) -> None:
    """Write claims in the form that `read` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({"date": str(item.date), "cost": item.cost, "claim": item.claim}) for item in claims)
    (folder / "claims.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def load(folder: Path) -> list[Labelled]:
    """Return the claims that `write` wrote. Raises `ValueError` where a line is not a claim, or none is there."""
    found = list(read(folder))
    if not found or any(isinstance(item, str) for item in found):
        raise ValueError(next((item for item in found if isinstance(item, str)), f"{folder} holds no claims"))
    return [item for item in found if isinstance(item, Labelled)]


def rows(claims: list[Labelled]) -> Claims:
    """Return claims as the model's training takes them."""
    return Claims(
        np.array([encode(item.claim)[0] for item in claims], np.float32),
        np.array([item.cost for item in claims]),
        np.array([item.date.year for item in claims]),
    )
