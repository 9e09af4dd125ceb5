"""Trains, judges and exports the model from prepared claims; refuses one that its own judgement finds lacking."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from claims_model.training.__main__ import Refused, train

from steps import prepared

SEED = 20_260_101


def main() -> int:
    parser = argparse.ArgumentParser(prog="steps.train", description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="folder with prepared claims")
    parser.add_argument("--model", type=Path, required=True, help="folder for model.onnx and model.json")
    given = parser.parse_args()
    try:
        description = train(prepared.read(given.train), given.model, SEED)
    except (Refused, OSError, ValueError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    print(description["version"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
