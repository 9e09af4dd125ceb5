"""Writes invented claims as the pipeline reads them, as they used to be or as they become."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from claims_model.schema import FEATURES, NAMES
from claims_model.training.claims import GAMMA_SHAPE, expected_cost, generate

# Vehicles cost half as much again, accidents are reported late, and repairs have become dearer by a quarter.
DEARER_VEHICLES = 1.5
LATER = 6
INFLATION = 1.25


def main() -> int:
    parser = argparse.ArgumentParser(prog="story.claims", description=__doc__)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--changed", action="store_true", help="as they become")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    claims = generate(given.count, given.seed)
    rows, expected, cost = claims.rows.astype(np.float64), claims.expected, claims.cost
    if given.changed:
        value, days = NAMES.index("vehicle_value"), NAMES.index("days_to_report")
        rows[:, value] = np.minimum(rows[:, value] * DEARER_VEHICLES, 250_000).round()
        rows[:, days] = np.minimum(rows[:, days] + LATER, 365)
        expected = expected_cost(rows) * INFLATION
        cost = np.random.default_rng(given.seed).gamma(GAMMA_SHAPE, expected / GAMMA_SHAPE)
    with given.out.open("w", encoding="utf-8") as lines:
        for number, row in enumerate(rows):
            claim = {feature.name: feature.decode(float(value)) for feature, value in zip(FEATURES, row, strict=True)}
            truth = {
                "id": f"{given.seed}-{number}",
                "cost": float(cost[number]),
                "expected_cost": float(expected[number]),
            }
            lines.write(json.dumps({**claim, **truth}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
