"""Turns the fitted model into ONNX: data that a runtime executes, not code that loading would run, as a pickle is."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from skl2onnx import to_onnx

from claims_model.training.model import CostModel

# The newest that onnxruntime 1.14 reads, which is the last one for Python 3.7.
OPSET = {"": 15, "ai.onnx.ml": 3}


def export(model: CostModel, rows: np.ndarray) -> bytes:
    """Return the model as ONNX, after it has predicted the same as scikit-learn for `rows`.

    Raises `ValueError` when the two differ: a converter that leaves something out says nothing.
    """
    graph = to_onnx(model.trees, rows[:1], target_opset=OPSET)
    _append_link_and_balance(graph, model.balance)
    content = graph.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    ours = session.run(None, {session.get_inputs()[0].name: rows})[0][:, 0]
    difference = float(np.abs(ours / model.predict(rows) - 1).max())
    if not difference < 1e-4:
        raise ValueError(f"the exported model differs from scikit-learn's by up to {difference:.2%}")
    return content


def _append_link_and_balance(graph: onnx.ModelProto, balance: float) -> None:
    """Add the inverse of the logarithmic link, which skl2onnx 1.20 leaves out without a word, and the balance."""
    nodes = graph.graph.node
    result = graph.graph.output[0].name
    nodes[-1].output[0] = "logarithm"
    graph.graph.initializer.append(onnx.helper.make_tensor("balance", onnx.TensorProto.FLOAT, [1], [balance]))
    nodes.append(onnx.helper.make_node("Exp", ["logarithm"], ["unbalanced"]))
    nodes.append(onnx.helper.make_node("Mul", ["unbalanced", "balance"], [result]))
    onnx.checker.check_model(graph)
