"""Trains and exports the v2 model: `python -m claims_model.training --out DIR`."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import catboost
import numpy as np
import onnx
import onnxruntime

from claims_model.schema import FEATURES
from claims_model.training.claims import Claims, generate, load
from claims_model.training.measures import TwoLines, measures
from claims_model.training.model import CostModel, Parameters

NAME = "claims-model"
VERSION = "2.0.0"
SEED = 20_260_101
# The latest claims judge a model that has not seen them; the released model then learns from all claims.
JUDGED_SHARE = 0.25


class Refused(Exception):
    """The model is not good enough to be released."""


def train(claims: Claims, out: Path, seed: int, source: str = "given") -> dict[str, Any]:
    """Train, judge on the latest quarter of the claims, and write model.onnx and model.json to `out`.

    Raises `Refused`, and writes nothing, if the model is not better than the baseline of two lines.
    """
    split = round(len(claims.cost) * (1 - JUDGED_SHARE))
    early, late = claims.where(slice(0, split)), claims.where(slice(split, None))
    judged = measures(late.cost, CostModel(early, Parameters(), seed).predict(late.rows))
    baseline = measures(late.cost, TwoLines(early).predict(late.rows))
    if not judged["deviance"] < baseline["deviance"]:
        raise Refused(
            f"its deviance of {judged['deviance']} is not below the {baseline['deviance']} of the mean by injury"
        )
    model = CostModel(claims, Parameters(), seed)
    content = model.export(claims.rows)
    digest = hashlib.sha256(content).hexdigest()
    description = {
        "name": NAME,
        "version": f"{VERSION}-{digest[:8]}",
        "onnx": {"file": "model.onnx", "sha256": digest, "bytes": len(content)},
        "features": [
            {"name": each.name, "kind": each.kind, "domain": each.domain, "optional": each.optional}
            for each in FEATURES
        ],
        "data": {
            "source": source,
            "claims": len(claims.cost),
            "years": [int(claims.year.min()), int(claims.year.max())],
            # What a drift check compares the mean of live predictions with.
            "mean_prediction": round(float(model.predict(claims.rows).mean()), 2),
        },
        "training": {
            "algorithm": "CatBoost, Tweedie loss with a logarithmic link",
            "parameters": {**CostModel.settings, "power": Parameters().power, "half_life": Parameters().half_life},
            "balance": round(model.balance, 6),
            "libraries": {each.__name__: each.__version__ for each in (catboost, np, onnx, onnxruntime)},
        },
        "metrics": {"overall": {"model": judged, "baseline": baseline}},
    }
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "model.onnx", content)
    _write(out / "model.json", (json.dumps(description, indent=2) + "\n").encode())
    return description


def _write(path: Path, content: bytes) -> None:
    """Write the whole file or nothing."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as scratch:
        scratch.write(content)
    Path(scratch.name).chmod(0o644)
    Path(scratch.name).replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="claims_model.training", description="Train and export the v2 model.")
    parser.add_argument("--out", type=Path, required=True, help="folder for model.onnx and model.json")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="the supplied claims, a CSV file")
    source.add_argument("--generated", type=int, metavar="N", help="train on N generated claims")
    parser.add_argument("--seed", type=int, default=SEED, help="random seed, default %(default)s")
    given = parser.parse_args()
    try:
        claims = load(given.data) if given.data else generate(given.generated, given.seed)
        description = train(claims, given.out, given.seed, "supplied" if given.data else "generated")
    except (Refused, OSError, ValueError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    overall = description["metrics"]["overall"]
    print(
        f"{description['name']} {description['version']}: {description['data']['source']} claims,"
        f" deviance {overall['model']['deviance']}, baseline {overall['baseline']['deviance']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
