"""The v2 model: gradient-boosted trees for the mean cost, nil claims included, balanced on the training claims."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from catboost import CatBoostRegressor

from claims_model.training.claims import Claims

# Costs in thousands keep the logarithm that the trees predict near 0.
_UNIT = 1000
_OPSET = 15


class Parameters(NamedTuple):
    """Settings that the tuning years choose."""

    # Of the Tweedie distribution: 1 is Poisson, 2 is gamma. Below 2, a cost of 0 is possible.
    power: float = 1.5
    # Costs above it are cut for the trees and return through the balance; infinity cuts none.
    cap: float = math.inf
    # A claim counts half as much as one that is so many years younger: costs and the way claims are recorded move.
    half_life: float = 2

    def __str__(self) -> str:
        """Return the settings as the model card names them."""
        cap = "no cap" if self.cap == math.inf else f"cap £{self.cap:,.0f}"
        return f"power {self.power:g}, {cap}, " + (
            "all years alike" if self.half_life == math.inf else f"half-life {self.half_life:g} years"
        )


class CostModel:
    """Trees with Tweedie loss and a logarithmic link, times the factor that gives them the training claims' total."""

    settings = {"iterations": 300, "depth": 4, "learning_rate": 0.03, "l2_leaf_reg": 10}

    def __init__(self, claims: Claims, parameters: Parameters, seed: int) -> None:
        weight = 0.5 ** ((claims.year.max() - claims.year) / parameters.half_life)
        self.trees = CatBoostRegressor(
            loss_function=f"Tweedie:variance_power={parameters.power}",
            random_seed=seed,
            thread_count=2,
            verbose=0,
            allow_writing_files=False,
            **self.settings,
        ).fit(claims.rows, np.minimum(claims.cost, parameters.cap) / _UNIT, sample_weight=weight)
        predicted = self.trees.predict(claims.rows) * _UNIT
        self.balance = float((weight * claims.cost).sum() / (weight * predicted).sum())

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return each row's expected cost in pounds."""
        return self.trees.predict(rows) * _UNIT * self.balance

    def export(self, rows: np.ndarray) -> bytes:
        """Return the model as ONNX: data that a runtime executes, without code that loading would run.

        Raises `ValueError` if it does not predict for `rows` what the trees do.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder, "model.onnx"))
            self.trees.save_model(path, format="onnx", export_parameters={"onnx_graph_name": "claims"})
            graph = onnx.load(path)
        # They hold a random id and the time: the same claims shall make the same bytes.
        del graph.metadata_props[:]
        # onnxruntime 1.14, the last for Python 3.7, reads up to these versions.
        graph.ir_version = 8
        content = _with_link(graph, _UNIT * self.balance)
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        ours = session.run(None, {session.get_inputs()[0].name: rows.astype(np.float32)})[0].reshape(-1)
        difference = float(np.abs(ours / self.predict(rows) - 1).max())
        if not difference < 1e-4:
            raise ValueError(f"the exported model differs from the trees by up to {difference:.2%}")
        return content


def _with_link(graph: onnx.ModelProto, factor: float) -> bytes:
    """Add the inverse of the logarithmic link, which CatBoost's export leaves out, and the factor."""
    trees = graph.graph.node[-1]
    result = graph.graph.output[0].name
    trees.output[0] = "logarithm"
    # It names a shape that the trees do not return.
    graph.graph.output[0].type.tensor_type.ClearField("shape")
    graph.graph.initializer.append(onnx.helper.make_tensor("factor", onnx.TensorProto.FLOAT, [1], [factor]))
    graph.graph.node.append(onnx.helper.make_node("Exp", ["logarithm"], ["relative"]))
    graph.graph.node.append(onnx.helper.make_node("Mul", ["relative", "factor"], [result]))
    if not any(each.domain in ("", "ai.onnx") for each in graph.opset_import):
        graph.opset_import.append(onnx.helper.make_opsetid("", _OPSET))
    for each in graph.opset_import:
        if each.domain in ("", "ai.onnx"):
            each.version = _OPSET
    return graph.SerializeToString()
