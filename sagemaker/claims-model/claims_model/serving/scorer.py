"""Scores rows with the ONNX model, and says what drove each score."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime

from claims_model.schema import FEATURES

# As many as a person reads beside a score.
_DRIVERS = 3
# One of an explained record's rows for each field that differs from its reference, and the record itself.
ROWS_PER_RECORD = len(FEATURES) + 1


class Score(NamedTuple):
    """The expected cost in pounds, and the fields that moved it most."""

    expected_cost: float
    drivers: list[dict[str, Any]]


class Scorer:
    """The model, loaded and proved to be the one that its description names."""

    def __init__(self, folder: Path) -> None:
        """Load the model from `folder`, or raise `ValueError` saying why it is not the one described there."""
        try:
            description = json.loads((folder / "model.json").read_bytes())
            content = (folder / description["onnx"]["file"]).read_bytes()
            if hashlib.sha256(content).hexdigest() != description["onnx"]["sha256"]:
                raise ValueError("model.onnx is not the file whose SHA-256 model.json names")
            if [(feature["name"], feature["domain"]) for feature in description["features"]] != [
                (feature.name, feature.domain) for feature in FEATURES
            ]:
                raise ValueError("model.json was made for other fields than this service has; train it anew")
            reference = [feature.encode(description["reference"][feature.name]) for feature in FEATURES]
        except OSError as error:
            raise ValueError(f"{error.filename}: {error.strerror}; train.sh makes it") from error
        except KeyError as error:
            raise ValueError(f"model.json lacks {error}") from error
        self.name: str = description["name"]
        self.version: str = description["version"]
        self._reference = np.array(reference, np.float32)
        self._plain_reference = [description["reference"][feature.name] for feature in FEATURES]
        options = onnxruntime.SessionOptions()
        # One thread: the container has one processor, and handing rows over costs more than they do.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self.score([reference])

    def predict(self, rows: list[list[float]]) -> list[float]:
        """Return each row's expected cost."""
        return [round(cost, 2) for cost in self._run(np.array(rows, np.float32)).tolist()]

    def score(self, rows: list[list[float]]) -> list[Score]:
        """Return each row's expected cost with its main drivers, from one call of the model.

        A driver's effect is the cost minus what it would be with that field alone at its reference value. It is exact
        for the model and ignores how fields act together: effects do not add up to the cost, and are no causes.
        """
        table = np.array(rows, np.float32)
        # A field at its reference has no effect and needs no row. NaN, for unknown, differs from every reference.
        record, field = np.nonzero(~(table == self._reference))
        changed = table[record]
        changed[np.arange(len(field)), field] = self._reference[field]
        costs = self._run(np.concatenate((table, changed)))
        effects = np.zeros(table.shape, np.float32)
        effects[record, field] = costs[record] - costs[len(rows) :]
        order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :_DRIVERS]
        return [
            Score(
                round(cost, 2),
                [
                    {
                        "field": FEATURES[index].name,
                        "value": FEATURES[index].decode(row[index]),
                        "reference": self._plain_reference[index],
                        "effect": round(effect[index], 2),
                    }
                    for index in best
                    if effect[index] != 0
                ],
            )
            for row, cost, effect, best in zip(rows, costs.tolist(), effects.tolist(), order.tolist())
        ]

    def _run(self, table: np.ndarray) -> np.ndarray:
        return self._session.run(None, {self._input: table})[0][:, 0]
