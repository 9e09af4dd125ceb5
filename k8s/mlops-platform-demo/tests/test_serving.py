"""The real KServe server behind the real Traefik: what is answered, what is refused, who answers how often."""

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import NotReady, free_port, predictor
from router import Backend, Router
from therapy.features import COLUMNS, matrix
from therapy.model import ReliefModel
from traffic import Traffic

ROW = [60.0, 70.0, 5.0, 20.0, 10.0, 1.0, 0.0, 0.0, 0.5, 3.0, 5.0]
FEATURES = {"name": "features", "datatype": "FP32", "shape": [1, len(COLUMNS)], "data": ROW}


@pytest.fixture(scope="module")
def served(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """One version, served."""
    backend = Backend("7", free_port())
    with predictor(tmp_path_factory.mktemp("predictor"), backend.port, backend.version, model_file.parent):
        yield backend


def post(port: int, path: str, body: object) -> tuple[int, dict]:
    """The status and what was said."""
    request = urllib.request.Request(  # noqa: S310 an address of 127.0.0.1
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 an address of 127.0.0.1
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_answer_is_the_models_and_names_its_version(served: Backend, model_file: Path) -> None:
    status, said = post(served.port, "/v2/models/relief/infer", {"id": "x", "inputs": [FEATURES]})
    expected = ReliefModel(model_file).probabilities(np.array([ROW], np.float32))
    assert (status, said["model_version"], said["id"]) == (200, "7", "x")
    assert said["outputs"][0]["data"] == pytest.approx(expected.tolist())


def test_a_request_without_an_id_is_answered(served: Backend) -> None:
    status, said = post(served.port, "/v2/models/relief/infer", {"inputs": [FEATURES]})
    assert status == 200
    assert said["id"]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ([], "one input named 'features'"),
        ([{**FEATURES, "name": "age"}], "one input named 'features'"),
        ([FEATURES, {**FEATURES, "name": "more"}], "one input named 'features'"),
        ([{**FEATURES, "datatype": "FP64"}], "'features' is FP32"),
        ([{**FEATURES, "shape": [1, 3], "data": ROW[:3]}], "shape"),
        ([{**FEATURES, "data": ROW[:3]}], "does not fill the shape"),
        ([{**FEATURES, "data": [*ROW[:10], float("nan")]}], "not a finite number"),
    ],
)
def test_a_wrong_request_is_refused_with_its_reason(served: Backend, inputs: list, reason: str) -> None:
    status, said = post(served.port, "/v2/models/relief/infer", {"inputs": inputs})
    assert (status, reason in said["error"]) == (400, True), said


def test_another_protocol_is_refused_with_the_way_to_go(served: Backend) -> None:
    status, said = post(served.port, "/v1/models/relief:predict", {"instances": [ROW]})
    assert (status, "V2" in said["error"]) == (400, True), said


def test_a_model_that_is_not_there_is_404(served: Backend) -> None:
    assert post(served.port, "/v2/models/other/infer", {"inputs": [FEATURES]})[0] == 404


def test_a_predictor_without_a_sound_model_does_not_come_up(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(NotReady, match=r"ended with 1:[\s\S]*model.onnx cannot be loaded"):
        predictor(tmp_path, free_port(), "1", tmp_path)


def test_traffic_is_split_as_asked_and_moves_without_a_failed_request(
    served: Backend, model_file: Path, rows: pd.DataFrame, tmp_path: Path
) -> None:
    router = Router(tmp_path)
    with router.program:
        router.share({served: 100})
        other = Backend("8", free_port())
        with predictor(tmp_path, other.port, other.version, model_file.parent):
            with Traffic(router.port, matrix(rows)) as traffic:
                for share in (0, 10, 50, 100, 0):
                    router.share({served: 100 - share, other: share})
                    counted = Counter(each.version for each in traffic.count(200))
                    assert counted["8"] == pytest.approx(2 * share, abs=4), share
            assert not [each.error for each in traffic.answers if each.error]


def test_a_version_that_is_gone_is_a_failed_request(rows: pd.DataFrame, tmp_path: Path) -> None:
    router = Router(tmp_path)
    with router.program:
        router.share({Backend("9", free_port()): 100})
        with Traffic(router.port, matrix(rows)) as traffic:
            answers = traffic.count(8)
        assert all(each.error.startswith("502") for each in answers)
