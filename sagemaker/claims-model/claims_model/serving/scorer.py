"""Scores claims with the v2 model, which is ONNX."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Sequence

import numpy as np
import onnxruntime

from claims_model.schema import FEATURES, numbers


class Scorer:
    """The v2 model, loaded after its checksum and its fields were compared with model.json."""

    def __init__(self, folder: Path) -> None:
        """Load the model from `folder`. Raises `ValueError` if it is not the model that model.json describes."""
        try:
            description = json.loads((folder / "model.json").read_bytes())
            content = (folder / description["onnx"]["file"]).read_bytes()
            if hashlib.sha256(content).hexdigest() != description["onnx"]["sha256"]:
                raise ValueError("model.onnx does not have the SHA-256 that model.json names")
            if [(feature["name"], feature["domain"]) for feature in description["features"]] != [
                (feature.name, feature.domain) for feature in FEATURES
            ]:
                raise ValueError("model.json describes other fields than this service; train again")
            self.name: str = description["name"]
            self.version: str = description["version"]
            self.source: str = description["data"]["source"]
        except OSError as error:
            raise ValueError(f"{error.filename}: {error.strerror}; scripts/train.sh makes it") from error
        except KeyError as error:
            raise ValueError(f"model.json lacks {error}") from error
        options = onnxruntime.SessionOptions()
        # The container has one processor.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def predict(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """Return the expected cost in pounds of each row of the model's numbers."""
        costs = self._session.run(None, {self._input: np.asarray(rows, np.float32)})[0]
        return [round(cost, 2) for cost in costs.reshape(-1).tolist()]

    def costs(self, claims: Sequence[Sequence[Any]]) -> list[float]:
        """Return the expected cost in pounds of each claim that `schema.read` returned."""
        return self.predict([numbers(claim) for claim in claims])

    def answer(self, costs: list[float]) -> dict[str, Any]:
        """Return the JSON answer for the costs of a request's claims."""
        return {"model_version": self.version, "predictions": [{"expected_cost": cost} for cost in costs]}
