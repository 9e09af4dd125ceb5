"""A model file as it is served: what goes in, what comes out, and how long it takes."""

import json
from pathlib import Path
from time import perf_counter

import numpy as np
import onnxruntime

from therapy.features import COLUMNS

INPUT_TYPE = "tensor(float)"


class UnfitModel(ValueError):
    """The file is not a model of ours; the message says in what it differs."""


class ReliefModel:
    """The probability that a session helps, by an ONNX model that says which columns it reads."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise UnfitModel(f"{path.name} cannot be loaded: {str(error).splitlines()[0]}") from error
        reasons = self.differences()
        if reasons:
            raise UnfitModel(f"{path.name}: {'; '.join(reasons)}")

    def differences(self) -> list[str]:
        """In what the model differs from the schema that its callers rely on."""
        reasons = []
        columns = json.loads(self.session.get_modelmeta().custom_metadata_map.get("columns", "[]"))
        if columns != list(COLUMNS):
            reasons.append(f"reads the columns {columns}, not {list(COLUMNS)}")
        inputs = [(each.name, each.type, each.shape[1:]) for each in self.session.get_inputs()]
        if inputs != [("features", INPUT_TYPE, [len(COLUMNS)])]:
            reasons.append(f"takes {inputs}")
        if len(self.session.get_outputs()) != 2:
            reasons.append("does not give label and probabilities")
        return reasons

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """One for each row: how likely the session helps."""
        return self.session.run(None, {"features": rows})[1][:, 1]

    def latency(self, rows: np.ndarray, calls: int = 300) -> float:
        """The 95th percentile of the milliseconds that one row takes."""
        taken = []
        for number in range(calls):
            row = rows[number % len(rows)][None, :]
            start = perf_counter()
            self.probabilities(row)
            taken.append(perf_counter() - start)
        return float(np.percentile(taken, 95) * 1000)
