"""Trains, judges and exports the model: `python -m claims_model.training --out DIR`."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import skl2onnx
import sklearn

from claims_model.schema import FEATURES
from claims_model.training import card
from claims_model.training.claims import GAMMA_SHAPE, Claims, generate
from claims_model.training.evaluation import SegmentMeans, evaluate, shortcomings
from claims_model.training.export import OPSET, export
from claims_model.training.model import PARAMETERS, CostModel

NAME = "claims-model"
VERSION = "1.0.0"


class Refused(Exception):
    """The model is not good enough to be released."""


def reference(rows: np.ndarray) -> dict[str, Any]:
    """Return the ordinary claim that a score's drivers are told against."""
    values = {}
    for feature, column in zip(FEATURES, rows.T):
        known = column[~np.isnan(column)]
        numbers, counts = np.unique(known, return_counts=True)
        number = np.median(known) if feature.kind == "integer" else numbers[counts.argmax()]
        values[feature.name] = feature.decode(round(float(number)))
    return values


def describe(train: Claims, test: Claims, model: CostModel, seed: int, content: bytes) -> dict[str, Any]:
    """Return model.json: everything that service, card and registry need to know."""
    digest = hashlib.sha256(content).hexdigest()
    return {
        "name": NAME,
        "version": f"{VERSION}-{digest[:8]}",
        "onnx": {"file": "model.onnx", "sha256": digest, "bytes": len(content), "opset": OPSET[""]},
        "features": [
            {
                "name": feature.name,
                "kind": feature.kind,
                "description": feature.description,
                "domain": feature.domain,
                "optional": feature.optional,
            }
            for feature in FEATURES
        ],
        "reference": reference(train.rows),
        "data": {
            "seed": seed,
            "training_claims": len(train.cost),
            "test_claims": len(test.cost),
            "gamma_shape": GAMMA_SHAPE,
            "baseline": SegmentMeans.description,
        },
        "training": {
            "algorithm": "scikit-learn HistGradientBoostingRegressor",
            "parameters": PARAMETERS,
            "balance": round(model.balance, 6),
            "libraries": {
                "numpy": np.__version__,
                "scikit-learn": sklearn.__version__,
                "skl2onnx": skl2onnx.__version__,
                "onnx": onnx.__version__,
                "onnxruntime": onnxruntime.__version__,
            },
        },
        "metrics": evaluate(test, model.predict(test.rows), SegmentMeans(train).predict(test.rows)),
    }


def train(claims: Claims, out: Path, seed: int) -> dict[str, Any]:
    """Train on three quarters of the claims, judge on the rest, and write model, description and card to `out`.

    Raises `Refused` when the model is not good enough; then nothing is written.
    """
    train_count = len(claims.cost) * 3 // 4
    train_claims, test_claims = claims.part(0, train_count), claims.part(train_count, len(claims.cost))
    model = CostModel(train_claims, seed)
    content = export(model, test_claims.rows)
    description = describe(train_claims, test_claims, model, seed, content)
    faults = shortcomings(description["metrics"])
    if faults:
        raise Refused("; ".join(faults))
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "model.onnx", content)
    _write(out / "model.json", (json.dumps(description, indent=2) + "\n").encode())
    _write(out / "MODEL_CARD.md", card.render(description).encode())
    return description


def _write(path: Path, content: bytes) -> None:
    """Write whole or not at all: a reader never meets half a model."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as scratch:
        scratch.write(content)
    Path(scratch.name).chmod(0o644)
    Path(scratch.name).replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="claims_model.training", description="Trains, judges and exports the model.")
    parser.add_argument("--out", type=Path, required=True, help="folder for model.onnx, model.json and MODEL_CARD.md")
    parser.add_argument("--claims", type=int, default=80_000, help="how many claims to generate (%(default)s)")
    parser.add_argument("--seed", type=int, default=20_260_101, help="seed of the claims and the model (%(default)s)")
    arguments = parser.parse_args()
    if arguments.claims < 10_000:
        parser.error(f"--claims {arguments.claims}: fewer than 10,000 claims judge no segment")
    try:
        description = train(generate(arguments.claims, arguments.seed), arguments.out, arguments.seed)
    except Refused as refusal:
        print(f"train: the model is refused: {refusal}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    overall = description["metrics"]["overall"]
    print(
        f"{description['name']} {description['version']}: deviance {overall['model']['gamma_deviance']},"
        f" baseline {overall['baseline']['gamma_deviance']},"
        f" known expectation {overall['known_expectation']['gamma_deviance']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
