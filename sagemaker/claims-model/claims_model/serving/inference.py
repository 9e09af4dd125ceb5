"""The Open Inference Protocol, version 2: a tensor for each field of the record."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from claims_model.schema import FEATURES, NAMES
from claims_model.serving.problems import Problem

OUTPUT = "expected_cost"
DRIVERS = "drivers"

_NUMBERS = frozenset(["UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64"])
_ACCEPTED = {"category": frozenset(["BYTES"]), "boolean": frozenset(["BOOL"]), "integer": _NUMBERS}
_DATATYPE = {"category": "BYTES", "boolean": "BOOL", "integer": "INT64"}


class Inference(NamedTuple):
    """A request for inference: its own id, its records, and whether their drivers are wanted."""

    id: Any
    records: list[Any]
    explain: bool


def metadata(name: str, version: str) -> dict[str, Any]:
    """Return the model's metadata."""
    return {
        "name": name,
        "versions": [version],
        "platform": "onnx_onnxv1",
        "inputs": [{"name": feature.name, "datatype": _DATATYPE[feature.kind], "shape": [-1]} for feature in FEATURES],
        "outputs": [
            {"name": OUTPUT, "datatype": "FP64", "shape": [-1]},
            {"name": DRIVERS, "datatype": "BYTES", "shape": [-1]},
        ],
    }


def read(body: bytes) -> Inference:
    """Return the request for inference that a body holds. A field's tensor may have the shape [n] or [n, 1]."""
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    if not isinstance(request, dict) or not isinstance(request.get("inputs"), list):
        raise Problem(400, "the body must be an object with an array `inputs`")
    identifier = request.get("id")
    if identifier is not None and not isinstance(identifier, str):
        raise Problem(400, "id must be a string")
    columns: dict[str, list[Any]] = {}
    for tensor in request["inputs"]:
        name, data = _column(tensor)
        if name in columns:
            raise Problem(400, f"the input {name} is there twice")
        columns[name] = data
    lengths = {len(data) for data in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise Problem(400, "the inputs must all hold the same number of values, one or more")
    wanted = _outputs(request.get("outputs"))
    records = [dict(zip(columns, values)) for values in zip(*columns.values())]
    return Inference(identifier, records, DRIVERS in wanted)


def response(model: tuple[str, str], inference: Inference, costs: list[float], drivers: list[Any]) -> dict[str, Any]:
    """Return the answer to a request for inference; each record's drivers are a JSON text."""
    outputs: list[dict[str, Any]] = [{"name": OUTPUT, "datatype": "FP64", "shape": [len(costs)], "data": costs}]
    if inference.explain:
        texts = [orjson.dumps(each).decode() for each in drivers]
        outputs.append({"name": DRIVERS, "datatype": "BYTES", "shape": [len(texts)], "data": texts})
    answer: dict[str, Any] = {"model_name": model[0], "model_version": model[1], "outputs": outputs}
    if inference.id is not None:
        answer["id"] = inference.id
    return answer


def _column(tensor: Any) -> tuple[str, list[Any]]:
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        raise Problem(400, "each input must be an object with a name")
    name = tensor["name"]
    if name not in NAMES:
        raise Problem(400, f"there is no input {name[:40]}; there are: {', '.join(NAMES)}")
    feature = FEATURES[NAMES.index(name)]
    shape, data, datatype = tensor.get("shape"), tensor.get("data"), tensor.get("datatype")
    if not isinstance(datatype, str) or datatype not in _ACCEPTED[feature.kind]:
        accepted = ", ".join(sorted(_ACCEPTED[feature.kind]))
        raise Problem(400, f"the datatype of {name} must be one of: {accepted}")
    if not isinstance(data, list):
        raise Problem(400, f"the data of {name} must be an array; binary data is not served")
    if data and isinstance(data[0], list):
        if not all(isinstance(value, list) and len(value) == 1 for value in data):
            raise Problem(400, f"the data of {name} must hold one value for each record")
        data = [value[0] for value in data]
    # Comparing with == alone would let [true] pass for [1].
    if shape not in ([len(data)], [len(data), 1]) or not all(type(size) is int for size in shape):
        raise Problem(400, f"the shape of {name} must be [{len(data)}], the number of its values")
    return name, data


def _outputs(outputs: Any) -> list[str]:
    if outputs is None:
        return [OUTPUT]
    if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
        raise Problem(400, "outputs must be an array of objects")
    names = [output.get("name") for output in outputs]
    if not all(name in (OUTPUT, DRIVERS) for name in names):
        raise Problem(400, f"outputs must be among: {OUTPUT}, {DRIVERS}")
    return names
