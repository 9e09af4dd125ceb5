"""The three contracts, on the running service."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from claims_model.schema import FEATURES, NAMES
from claims_model.training.claims import Claims
from tests.service import Service

INFER = "/v2/models/claims-model/infer"
KINDS = {"category": "BYTES", "boolean": "BOOL", "integer": "INT64"}


@pytest.fixture(scope="session")
def records(claims: Claims) -> list[dict[str, Any]]:
    return [
        {feature.name: feature.decode(number) for feature, number in zip(FEATURES, row)}
        for row in claims.rows[70_000:70_300].tolist()
    ]


@pytest.fixture(scope="session")
def costs(claims: Claims, folder: Path) -> list[float]:
    """What the model says by itself, in the test's Python."""
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    rows = claims.rows[70_000:70_300]
    return session.run(None, {session.get_inputs()[0].name: rows})[0][:, 0].tolist()


@pytest.fixture
def near(costs: list[float], runner: tuple[str, str]) -> Any:
    """An image holds a model that was trained on another processor perhaps."""
    return pytest.approx(costs, rel=1e-2 if runner[0] == "container" else 1e-5, abs=0.011)


def tensors(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": feature.name,
            "datatype": KINDS[feature.kind],
            "shape": [len(records)],
            "data": [record[feature.name] for record in records],
        }
        for feature in FEATURES
    ]


def table(records: list[dict[str, Any]], header: bool = False) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, NAMES)
    if header:
        writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def test_the_example_record_is_scored_with_drivers_and_version(service: Service, claim: dict[str, Any]) -> None:
    reply = service.post("/score", claim)
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert re.fullmatch(r"1\.0\.0-[0-9a-f]{8}", reply.json["model_version"])
    assert reply.headers["x-model-version"] == reply.json["model_version"]
    (prediction,) = reply.json["predictions"]
    # The known relation says 21,772 pounds.
    assert 15_000 < prediction["expected_cost"] < 27_000
    assert len(prediction["drivers"]) == 3
    assert all(set(driver) == {"field", "value", "reference", "effect"} for driver in prediction["drivers"])
    assert all(driver["value"] == claim[driver["field"]] for driver in prediction["drivers"])


def test_many_records_keep_their_order(service: Service, records: list[dict[str, Any]], near: Any) -> None:
    reply = service.post("/score", records)
    assert [each["expected_cost"] for each in reply.json["predictions"]] == near
    plain = service.post("/score?drivers=false", records)
    assert [each["expected_cost"] for each in plain.json["predictions"]] == near
    assert "drivers" not in plain.json["predictions"][0]


def test_sagemaker_json(service: Service, records: list[dict[str, Any]], near: Any) -> None:
    reply = service.post("/invocations", records)
    assert [each["expected_cost"] for each in reply.json["predictions"]] == near
    assert reply.headers["x-amzn-sagemaker-custom-attributes"] == f"model_version={reply.json['model_version']}"


@pytest.mark.parametrize("header", [False, True])
def test_sagemaker_csv(service: Service, records: list[dict[str, Any]], near: Any, header: bool) -> None:
    reply = service.post("/invocations", table(records, header), "text/csv")
    assert reply.headers["content-type"] == "text/csv"
    assert [float(line) for line in reply.body.decode().splitlines()] == near


def test_a_header_decides_the_order_of_a_csv(service: Service, claim: dict[str, Any]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, sorted(NAMES))
    writer.writeheader()
    writer.writerow(claim)
    reply = service.post("/invocations", text.getvalue(), "text/csv; charset=utf-8")
    assert float(reply.body) == service.post("/score", claim).json["predictions"][0]["expected_cost"]


def test_sagemaker_json_lines(service: Service, records: list[dict[str, Any]], near: Any) -> None:
    reply = service.post("/invocations", "\n".join(map(json.dumps, records)) + "\n", "application/jsonlines")
    assert reply.headers["content-type"] == "application/jsonlines"
    lines = [json.loads(line) for line in reply.body.splitlines()]
    assert [line["expected_cost"] for line in lines] == near
    assert all(line["model_version"] == reply.headers["x-model-version"] for line in lines)


def test_the_accept_header_chooses_the_answers_form(service: Service, claim: dict[str, Any]) -> None:
    assert service.post("/invocations", claim, Accept="text/csv").headers["content-type"] == "text/csv"
    assert service.post("/invocations", claim, Accept="text/html, */*").headers["content-type"] == "application/json"
    lines = service.post("/invocations", table([claim]), "text/csv", Accept="application/jsonlines")
    assert json.loads(lines.body)["drivers"]
    assert service.post("/invocations", claim, Accept="image/png").status == 406


def test_open_inference(service: Service, records: list[dict[str, Any]], near: Any) -> None:
    reply = service.post(INFER, {"id": "a", "inputs": tensors(records)})
    answer = reply.json
    (output,) = answer.pop("outputs")
    assert answer == {"id": "a", "model_name": "claims-model", "model_version": reply.headers["x-model-version"]}
    assert (output["name"], output["datatype"], output["shape"]) == ("expected_cost", "FP64", [300])
    assert output["data"] == near


def test_open_inference_tells_drivers_when_asked(service: Service, claim: dict[str, Any]) -> None:
    request = {"inputs": tensors([claim]), "outputs": [{"name": "expected_cost"}, {"name": "drivers"}]}
    cost, drivers = service.post(INFER, request).json["outputs"]
    (prediction,) = service.post("/score", claim).json["predictions"]
    assert cost["data"] == [prediction["expected_cost"]]
    assert json.loads(drivers["data"][0]) == prediction["drivers"]


def test_open_inference_takes_columns_of_one_value_a_record(service: Service, claim: dict[str, Any]) -> None:
    inputs = [{**tensor, "shape": [1, 1], "data": [tensor["data"]]} for tensor in tensors([claim])]
    assert service.post(INFER, {"inputs": inputs}).status == 200


def test_open_inference_metadata(service: Service) -> None:
    reply = service.get("/v2/models/claims-model").json
    assert [tensor["name"] for tensor in reply["inputs"]] == list(NAMES)
    assert {tensor["datatype"] for tensor in reply["inputs"]} == set(KINDS.values())
    assert [tensor["name"] for tensor in reply["outputs"]] == ["expected_cost", "drivers"]
    assert reply["versions"] == [service.get("/readyz").headers["x-model-version"]]


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/ping",
        "/metrics",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/claims-model",
        "/v2/models/claims-model/ready",
    ],
)
def test_what_is_read_answers_get_and_head_only(service: Service, path: str) -> None:
    assert service.get(path).status == 200
    assert service.request("HEAD", path).status == 200
    refused = service.request("POST", path, b"{}")
    assert (refused.status, refused.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/score", "/invocations", INFER])
def test_what_is_scored_answers_post_only(service: Service, path: str) -> None:
    refused = service.get(path)
    assert (refused.status, refused.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/score/", "/docs", "/v2", "/v2/models/other", "/%00", "/../etc/passwd"])
def test_nothing_else_is_there(service: Service, path: str) -> None:
    assert service.get(path).status == 404


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status", "detail"),
    [
        ("/score", b"", "application/json", 400, "not JSON"),
        ("/score", b"{", "application/json", 400, "not JSON"),
        ("/score", b'{"a": NaN}', "application/json", 400, "not JSON"),
        ("/score", b"\xff\xfe", "application/json", 400, "not JSON"),
        ("/score", b"[" * 5_000, "application/json", 400, "not JSON"),
        ("/score", b"[]", "application/json", 422, "one claim or more"),
        ("/score", b"7", "application/json", 422, "one claim or more"),
        ("/score", b"[7]", "application/json", 422, "record 0: claim must be an object"),
        ("/score", b"{}", "application/json", 422, "record 0: incident_type is missing, and 11 more"),
        ("/score", b"{}", "text/plain", 415, "application/json"),
        ("/score", b"{}", "application/json; charset=utf-16", 415, "application/json"),
        ("/score", b"a", "text/csv", 415, "application/json"),
        ("/score?explain=1", b"{}", "application/json", 400, "drivers"),
        ("/invocations", b"a,b", "text/csv", 422, "record 0 has 2 fields instead of 14"),
        ("/invocations", b"\xff", "text/csv", 400, "not CSV in UTF-8"),
        ("/invocations", b"", "text/csv", 422, "no records"),
        ("/invocations", ",".join(NAMES).encode(), "text/csv", 422, "no records"),
        ("/invocations", b"\n\n", "application/jsonlines", 422, "no records"),
        ("/invocations", b"{}\n{", "application/jsonlines", 400, "line 2 is not JSON"),
        ("/invocations", b"{}", "application/x-www-form-urlencoded", 415, "text/csv"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(
    service: Service, path: str, body: bytes, content_type: str, status: int, detail: str
) -> None:
    reply = service.post(path, body, content_type)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert detail in reply.json["detail"]
    assert reply.json["request_id"] == reply.headers["x-request-id"]


def test_each_fault_of_each_record_is_told(service: Service, claim: dict[str, Any]) -> None:
    wrong = [claim, {**claim, "damage": "bad", "colour": "red"}, {**claim, "driver_age": 3}]
    reply = service.post("/score", wrong)
    assert reply.status == 422
    told = [(error["record"], error["field"]) for error in reply.json["errors"]]
    assert told == [(1, "damage"), (1, "colour"), (2, "driver_age")]


def test_a_fault_far_down_is_counted_from_the_first_record(service: Service, claim: dict[str, Any]) -> None:
    reply = service.post("/score", [claim] * 200 + [{**claim, "driver_age": 3}])
    assert [error["record"] for error in reply.json["errors"]] == [200]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (lambda inputs: inputs.pop(), "drivable is missing"),
        (lambda inputs: inputs.append(inputs[0]), "is there twice"),
        (lambda inputs: inputs[0].update(name="colour"), "there is no input colour"),
        (lambda inputs: inputs[0].update(datatype="FP32"), "datatype of incident_type must be one of: BYTES"),
        (lambda inputs: inputs[0].update(shape=[2]), "shape of incident_type must be [1]"),
        (lambda inputs: inputs[0].update(shape=[True]), "shape of incident_type must be [1]"),
        (lambda inputs: inputs[0].update(shape=[2], data=["theft", "theft"]), "the same number of values"),
        (lambda inputs: inputs[0].update(data="theft"), "must be an array"),
        (lambda inputs: inputs[0].update(data=["flood"]), "incident_type must be one of"),
        (lambda inputs: inputs.clear(), "the same number of values"),
        (lambda inputs: inputs.insert(0, 7), "each input must be an object"),
    ],
)
def test_a_bad_inference_is_told_what_is_wrong(
    service: Service, claim: dict[str, Any], change: Any, detail: str
) -> None:
    inputs = tensors([claim])
    change(inputs)
    reply = service.post(INFER, {"inputs": inputs})
    assert reply.status in (400, 422)
    assert list(reply.json) == ["error"]
    assert detail in reply.json["error"]


def test_the_request_id_is_the_callers_where_it_is_one(service: Service, claim: dict[str, Any]) -> None:
    assert service.post("/score", claim, X_Request_Id="abc-1").headers["x-request-id"] == "abc-1"
    made = service.post("/score", claim, X_Request_Id="not an id").headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", made)


def test_metrics_count_what_was_done(service: Service, claim: dict[str, Any]) -> None:
    def value(name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", service.get("/metrics").body.decode(), re.MULTILINE)
        return float(found.group(1)) if found else 0

    names = {
        'claims_http_requests_total{method="POST",route="/score",status="200"}': 1,
        'claims_http_requests_total{method="POST",route="/score",status="422"}': 1,
        'claims_http_request_duration_seconds_count{route="/score"}': 2,
        'claims_predictions_total{route="/score"}': 2,
        "claims_expected_cost_pounds_count": 2,
        'claims_unknown_values_total{field="speed_mph"}': 2,
        'claims_record_faults_total{field="driver_age"}': 1,
        'claims_record_faults_total{field="other"}': 1,
    }
    before = {name: value(name) for name in names}
    service.post("/score", [claim, claim])
    service.post("/score", {**claim, "driver_age": 1, "jane.doe@example.com": 1})
    assert {name: value(name) - before[name] for name in names} == names
    assert value(f'claims_model_info{{version="{service.get("/readyz").headers["x-model-version"]}"}}') == 1
    assert value("claims_ready") == 1
    assert b"jane" not in service.get("/metrics").body


def test_no_line_of_the_log_holds_what_a_claim_says(service: Service, claim: dict[str, Any]) -> None:
    telling = {**claim, "vehicle_value": 123_457, "driver_age": 97}
    assert service.post("/score", telling, X_Request_Id="telling").status == 200
    assert service.post("/score", {**telling, "jane.doe@example.com": "1 High Street"}).status == 422
    assert service.post("/score", {**telling, "injury": "a broken leg"}).status == 422
    assert service.post("/claims/jane.doe", telling).status == 404
    log = service.log()
    assert not re.search("123457|jane|High Street|broken leg", log)
    (line,) = [event for event in service.events("request") if event["request_id"] == "telling"]
    assert {name: line[name] for name in ("level", "method", "route", "status", "records")} == {
        "level": "info",
        "method": "POST",
        "route": "/score",
        "status": 200,
        "records": 1,
    }


def test_unknown_fields_may_be_null_or_left_out(service: Service, claim: dict[str, Any]) -> None:
    assert claim["speed_mph"] is None
    left_out = {name: value for name, value in claim.items() if name != "speed_mph"}
    both = [service.post("/score", body).json["predictions"] for body in (claim, left_out)]
    assert both[0] == both[1]
    assert not np.isnan(both[0][0]["expected_cost"])
