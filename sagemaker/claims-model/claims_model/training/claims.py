"""Claims to train on: the supplied ones, or generated ones where those cannot be fetched."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from claims_model.schema import FEATURES, NAMES, encode


class Claims(NamedTuple):
    """The v2 model's rows, the final cost in pounds of each, and the year of loss; in the order of time."""

    rows: np.ndarray
    cost: np.ndarray
    year: np.ndarray

    def where(self, chosen: np.ndarray) -> Claims:
        """Return the claims that a mask or a slice chooses."""
        return Claims(self.rows[chosen], self.cost[chosen], self.year[chosen])


def load(path: Path) -> Claims:
    """Read the supplied claims. Raises `ValueError` with the line of the first claim that is not valid.

    A negative cost is a recovery above the payments: its claim cost nothing.
    """
    rows, cost, year = [], [], []
    for line, record in enumerate(records(path), start=2):
        row, problems = encode({name: value for name, value in record.items() if name in NAMES})
        if problems:
            raise ValueError(f"{path}:{line}: {problems[0][0]} {problems[0][1]}")
        rows.append(row)
        cost.append(max(float(record["Incurred"]), 0))
        year.append(int(record["date_of_loss"][:4]))
    if not rows:
        raise ValueError(f"{path} holds no claims")
    return Claims(np.array(rows, np.float32), np.array(cost), np.array(year))


def records(path: Path) -> list[dict]:
    """Return the supplied claims with all their columns; the 37 fields have their types."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            {**line, **{feature.name: feature.parse(line[feature.name]) for feature in FEATURES}}
            for line in csv.DictReader(lines)
        ]


def generate(count: int, seed: int) -> Claims:
    """Return invented claims with the shape of the supplied ones: a fallback, so that the service can be shown.

    A quarter cost nothing, the rest follow a gamma distribution around a product of a few fields.
    """
    random = np.random.default_rng(seed)
    rows = np.zeros((count, len(FEATURES)), np.float32)

    def draw(name: str, values: list[float], weights: list[float]) -> np.ndarray:
        column = random.choice(values, count, p=np.array(weights) / sum(weights))
        rows[:, NAMES.index(name)] = column
        return column

    late = random.geometric(0.4, count) - 1
    rows[:, 0] = late
    for feature in FEATURES:
        if feature.kind == "category":
            draw(feature.name, list(range(len(feature.categories))), [1.0] * len(feature.categories))
        elif feature.name.startswith("TP_region"):
            draw(feature.name, [0, 1], [11, 1])
    mobile = draw("Vehicle_mobile", [0, 1, -1], [42, 52, 6])
    details = draw("Injury_details_present", [0, 1], [77, 23])
    draw("Vechile_registration_present", [0, 1], [1, 999])
    draw("Incident_details_present", [0, 1], [19, 81])
    draw("TP_type_driver", [0, 1, 2], [38, 60, 2])
    draw("TP_injury_unclear", [0, 1, 2], [17, 75, 8])
    whiplash = draw("TP_injury_whiplash", [0, 1, 2, 3], [81, 13, 4, 2])
    traumatic = draw("TP_injury_traumatic", [0, 1, 2], [93, 6, 1])
    expected = 2000 * np.where(mobile == 1, 0.7, 1.3) * (1 + 0.5 * details + 1.5 * whiplash + 3 * traumatic)
    cost = random.gamma(1.5, expected / 1.5) * (random.random(count) > 0.25)
    return Claims(rows, cost, np.sort(random.integers(2003, 2016, count)))
