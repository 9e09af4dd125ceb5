"""Serves one version of the model with KServe's server, by the open inference protocol (V2).

python -m therapy.predictor --model_name relief --model_dir /mnt/models --model_version 3 --http_port 8080
"""

import argparse
import sys
from pathlib import Path
from uuid import uuid4

import numpy as np
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer, model_server
from kserve.errors import InvalidInput
from prometheus_client import Counter

from therapy.features import COLUMNS
from therapy.model import ReliefModel, UnfitModel
from therapy.request_log import RequestLog
from therapy.store import open_store

# KServe's metrics time what was answered and say nothing of what was not, nor of the version.
REQUESTS = Counter("model_requests_total", "Requests by outcome", ["model_name", "model_version", "outcome"])


class Predictor(Model):
    """Answers with the probability that each session helps, and with the version that says so."""

    def __init__(self, name: str, folder: Path, version: str, log: RequestLog | None = None) -> None:
        super().__init__(name)
        self.file = folder / "model.onnx"
        self.version = version
        self.log = log

    def load(self) -> bool:
        """Loads the file; throws `UnfitModel` where it is not a model of ours."""
        self.model = ReliefModel(self.file)
        self.ready = True
        return True

    def predict(self, payload: InferRequest, headers: dict[str, str] | None = None) -> InferResponse:  # noqa: ARG002 the signature is KServe's
        """Refuses what is not a table of the model's columns with 400, instead of guessing."""
        try:
            rows = table(payload)
            probabilities = self.model.probabilities(rows)
        except InvalidInput:
            self.count("refused")
            raise
        except Exception:
            self.count("failed")
            raise
        self.count("answered")
        if self.log and payload.id:
            self.log.add(payload.id, rows, probabilities)
        return InferResponse(
            # The protocol lets a request go without an id; KServe's answer does not.
            response_id=payload.id or str(uuid4()),
            model_name=self.name,
            model_version=self.version,
            infer_outputs=[output(probabilities)],
        )

    def count(self, outcome: str) -> None:
        """Counts a request: answered, refused for what it holds, or failed."""
        REQUESTS.labels(self.name, self.version, outcome).inc()

    def get_input_types(self) -> list[dict[str, object]]:
        """What the protocol's metadata say of the input."""
        return [{"name": "features", "datatype": "FP32", "shape": [-1, len(COLUMNS)]}]

    def get_output_types(self) -> list[dict[str, object]]:
        """What the protocol's metadata say of the output."""
        return [{"name": "probability", "datatype": "FP32", "shape": [-1]}]


def table(payload: InferRequest) -> np.ndarray:
    """The request's one input as the model takes it."""
    if not isinstance(payload, InferRequest):
        raise InvalidInput("this model speaks the V2 protocol: POST /v2/models/NAME/infer")
    inputs = {each.name: each for each in payload.inputs}
    if set(inputs) != {"features"}:
        raise InvalidInput(f"one input named 'features' is expected, got {sorted(inputs) or 'none'}")
    given = inputs["features"]
    if given.datatype != "FP32":
        raise InvalidInput(f"'features' is FP32, got {given.datatype}")
    if len(given.shape) != 2 or given.shape[1] != len(COLUMNS):
        raise InvalidInput(f"'features' has the shape [rows, {len(COLUMNS)}], got {list(given.shape)}")
    try:
        rows = given.as_numpy().astype(np.float32)
    except Exception as error:
        raise InvalidInput(f"'features' does not fill the shape {list(given.shape)}") from error
    if not np.isfinite(rows).all():
        raise InvalidInput("'features' holds a value that is not a finite number")
    return rows


def output(probabilities: np.ndarray) -> InferOutput:
    """The answer as the protocol has it."""
    answer = InferOutput("probability", list(probabilities.shape), "FP32")
    answer.set_data_from_numpy(probabilities, binary_data=False)
    return answer


def main() -> int:
    parser = argparse.ArgumentParser(parents=[model_server.parser], description=__doc__.splitlines()[0])
    parser.add_argument("--model_dir", type=Path, default=Path("/mnt/models"), help="folder with model.onnx")
    parser.add_argument("--model_version", default="unknown", help="what the answers say they come from")
    parser.add_argument("--request_log", default="", help="store for what was asked and answered; default: none")
    given = parser.parse_args()
    log = RequestLog(open_store(given.request_log), given.model_version) if given.request_log else None
    predictor = Predictor(given.model_name, given.model_dir, given.model_version, log)
    try:
        predictor.load()
    except UnfitModel as error:
        print(f"predictor: {error}", file=sys.stderr)
        return 1
    ModelServer().start([predictor])
    if log:
        log.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
