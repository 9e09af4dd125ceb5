"""Writes the supplied claims as labelled claims, one JSON line each: `python convert.py claims.csv`."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

# The supplied CSV's columns that are not fields of a claim have other names; schema.py reads the rest.
sys.path.insert(0, str(Path(__file__).parents[1] / "claims-model"))

from claims_model.schema import FEATURES


def main() -> int:
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            claim = {feature.name: feature.read(feature.parse(row[feature.name])) for feature in FEATURES}
            labelled = {"id": str(number), "date": row["date_of_loss"][:10], "cost": float(row["Incurred"])}
            print(json.dumps(labelled | {"claim": claim}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
