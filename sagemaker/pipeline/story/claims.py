"""Writes generated claims in the form that the pipeline reads, before or after a change."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from claims_model.schema import FEATURES, NAMES
from claims_model.training.claims import generate

# Losses are reported six days later, each claim has one more whiplash injury, and costs rise by a quarter.
LATER = 6
MORE_WHIPLASH = 1
INFLATION = 1.25


def main() -> int:
    parser = argparse.ArgumentParser(prog="story.claims", description=__doc__)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--changed", action="store_true", help="after the change")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    claims = generate(given.count, given.seed)
    rows, cost = claims.rows.copy(), claims.cost
    if given.changed:
        rows[:, NAMES.index("Notification_period")] += LATER
        rows[:, NAMES.index("TP_injury_whiplash")] += MORE_WHIPLASH
        cost = cost * INFLATION
    with given.out.open("w", encoding="utf-8") as lines:
        for number, row in enumerate(rows):
            claim = {feature.name: feature.decode(float(value)) for feature, value in zip(FEATURES, row, strict=True)}
            truth = {"id": f"{given.seed}-{number}", "cost": float(cost[number])}
            lines.write(json.dumps({**claim, **truth}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
