"""Writes a model that predicts three times too much, under a version of its own: what a canary has to stop."""

import hashlib
import json
import sys
from pathlib import Path

import onnx


def main() -> None:
    """Multiply the cost at the end of the graph; the drivers are taken from it as well."""
    source, target = map(Path, sys.argv[1:])
    model = onnx.load(source / "model.onnx")
    output = model.graph.output[0]
    for node in model.graph.node:
        node.output[:] = ["drill_honest" if name == output.name else name for name in node.output]
        node.input[:] = ["drill_honest" if name == output.name else name for name in node.input]
    factor = onnx.helper.make_tensor("drill_factor", output.type.tensor_type.elem_type, [1], [3.0])
    model.graph.initializer.append(factor)
    model.graph.node.append(onnx.helper.make_node("Mul", ["drill_honest", "drill_factor"], [output.name]))
    # CatBoost's export leaves the shape of the output out, which the checker asks for.
    if not output.type.tensor_type.HasField("shape"):
        shape = output.type.tensor_type.shape
        shape.dim.add().dim_param = "N"
        shape.dim.add().dim_value = 1
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    described = json.loads((source / "model.json").read_text(encoding="utf-8"))
    described["onnx"]["sha256"] = hashlib.sha256(content).hexdigest()
    described["onnx"]["bytes"] = len(content)
    described["version"] = f"2.0.1-{described['onnx']['sha256'][:8]}"
    target.mkdir()
    (target / "model.onnx").write_bytes(content)
    (target / "model.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
