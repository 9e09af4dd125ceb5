"""Trains, judges and exports the model; training's own judgement refuses one that is worse than two lines."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from claims_model.training.__main__ import SEED, Refused, train

from steps import claims


def main() -> int:
    parser = argparse.ArgumentParser(prog="steps.train", description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="folder with prepared claims")
    parser.add_argument("--model", type=Path, required=True, help="folder for model.onnx and model.json")
    given = parser.parse_args()
    try:
        known = claims.load(given.train)
        description = train(claims.rows(known), given.model, SEED)
    except (Refused, OSError, ValueError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    # The next retraining needs claims after this date.
    description["data"]["until"] = str(known[-1].date)
    (given.model / "model.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    print(description["version"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
