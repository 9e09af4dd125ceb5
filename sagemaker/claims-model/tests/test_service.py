"""v2's contract: routes, formats, limits, start and stop."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from claims_model.schema import FEATURES, NAMES
from claims_model.serving.scorer import Scorer
from claims_model.serving.settings import Settings
from tests.conftest import ROOT
from tests.service import Service

Start = Callable[..., Service]


def cost(reply: Any) -> float:
    assert reply.status == 200, reply.body
    return reply.json["predictions"][0]["expected_cost"]


def test_a_claim_is_scored_in_each_form(service: Service, claim: dict[str, Any]) -> None:
    wanted = cost(service.post("/score", claim))
    assert wanted > 0
    row = [claim[name] for name in NAMES]
    for body in ([claim], [row], {"data": [row]}, {"data": [claim]}):
        assert cost(service.post("/score", body)) == wanted
    assert len(service.post("/score", [claim] * 30).json["predictions"]) == 30


def test_sagemaker_s_formats_are_spoken(service: Service, claim: dict[str, Any]) -> None:
    wanted = cost(service.post("/invocations", claim))
    cells = ",".join('"SNOW,ICE,FOG"' if claim[name] == "SNOW,ICE,FOG" else str(claim[name]) for name in NAMES)
    header = ",".join(NAMES)
    for text in (cells, f"{header}\n{cells}\n"):
        reply = service.post("/invocations", text, "text/csv")
        assert (reply.status, float(reply.body)) == (200, wanted)
    lines = service.post("/invocations", json.dumps(claim) + "\n" + json.dumps(claim), "application/jsonlines")
    assert [json.loads(line)["expected_cost"] for line in lines.body.splitlines()] == [wanted] * 2
    reply = service.post("/invocations", claim, Accept="text/csv")
    assert float(reply.body) == wanted
    assert "model_version=2.0.0-" in reply.headers["x-amzn-sagemaker-custom-attributes"]
    assert service.get("/ping").status == 200


def test_the_answer_names_the_model_and_the_claims_that_it_learnt_from(service: Service, claim: dict[str, Any]) -> None:
    reply = service.post("/score", claim, X_Request_ID="my-id.1")
    assert reply.headers["x-request-id"] == "my-id.1"
    assert reply.headers["x-model-version"] == reply.json["model_version"]
    assert service.get("/readyz").json["trained_on"] in ("generated", "supplied")
    assert service.post("/score", claim, X_Request_ID="no good").headers["x-request-id"] != "no good"


def test_openapi_describes_every_field(service: Service) -> None:
    document = service.get("/openapi.json").json
    assert {"/score", "/invocations", "/ping", "/healthz", "/readyz", "/metrics"} <= set(document["paths"])
    schema = document["paths"]["/score"]["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"][0]
    assert list(schema["properties"]) == list(NAMES)
    assert schema["properties"]["Weather_conditions"]["enum"] == ["NORMAL", "WET", "SNOW,ICE,FOG", "n/k", None]


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status"),
    [
        ("POST", "/score", "{", "application/json", 400),
        ("POST", "/score", "NaN", "application/json", 400),
        ("POST", "/score", "[" * 100_000, "application/json", 400),
        ("POST", "/score", "[]", "application/json", 422),
        ("POST", "/score", "3", "application/json", 422),
        ("POST", "/score", "{}", "application/json", 422),
        ("POST", "/score", "a", "text/csv", 415),
        ("POST", "/score", "{}", "application/json; charset=latin-1", 415),
        ("POST", "/invocations", "1,2", "text/csv", 422),
        ("POST", "/invocations", "\xff", "text/csv", 400),
        ("POST", "/invocations", "", "application/jsonlines", 422),
        ("GET", "/score", None, "", 405),
        ("POST", "/ping", "{}", "application/json", 405),
        ("GET", "/etc/passwd", None, "", 404),
        ("POST", "/score", "x" * 1_048_577, "application/json", 413),
    ],
)
def test_a_refusal_is_a_status_with_a_problem(
    service: Service, method: str, path: str, body: str | None, content_type: str, status: int
) -> None:
    content = body.encode("latin-1") if body is not None else None
    reply = service.request(method, path, content, {"Content-Type": content_type} if content_type else {})
    assert reply.status == status, reply.body
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["request_id"] == reply.headers["x-request-id"]


def test_wrong_fields_are_named_and_counted_without_their_values(service: Service, claim: dict[str, Any]) -> None:
    address = "a.person@example.com"
    reply = service.post("/score", [claim, {**claim, "Main_driver": address, address: 1}])
    assert reply.status == 422
    assert [(each["record"], each["field"]) for each in reply.json["errors"]] == [(1, "Main_driver"), (1, address)]
    metrics = service.get("/metrics").body.decode()
    assert 'claims_record_faults_total{field="Main_driver"}' in metrics
    assert address not in metrics + service.log()


def test_what_is_asked_for_and_cannot_be_answered_is_406(service: Service, claim: dict[str, Any]) -> None:
    assert service.post("/score", claim, Accept="text/html").status == 406


def test_metrics_have_the_names_that_dashboards_use(service: Service, claim: dict[str, Any]) -> None:
    service.post("/score", {**claim, "Vehicle_mobile": "n/k"})
    metrics = service.get("/metrics").body.decode()
    for name in (
        'claims_http_requests_total{method="POST",route="/score",status="200"}',
        'claims_http_request_duration_seconds_bucket{le="0.1",route="/score"}',
        'claims_predictions_total{route="/score"}',
        "claims_expected_cost_pounds_sum",
        'claims_unknown_values_total{field="Vehicle_mobile"}',
        "claims_model_info{",
        "claims_ready 1.0",
    ):
        assert name in metrics, name


def test_random_values_never_fail_the_service(service: Service, claim: dict[str, Any]) -> None:
    source = random.Random(1)
    values = [None, True, "", "n/k", "#", -1, 0, 1, 1e308, 2**70, [], {}, "Ω" * 50, *FEATURES[1].categories]
    for _ in range(150):
        names = source.sample(NAMES, source.randrange(1, 5))
        reply = service.post("/score", {**claim, **{name: source.choice(values) for name in names}})
        assert reply.status in (200, 422), reply.body
    assert service.events("failure") == []


def test_a_body_that_does_not_come_is_408(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(
            b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
        connection.settimeout(10)
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


def test_a_stop_under_load_loses_no_request(start: Start, claim: dict[str, Any]) -> None:
    stopping, staying = start(CLAIMS_DRAIN_SECONDS=4), start(CLAIMS_DRAIN_SECONDS=0)
    answered, failed = _traffic([stopping, staying], claim, lambda: stopping.signal(signal.SIGTERM))
    assert (stopping.wait(), staying.stop()) == (0, 0)
    assert answered > 50
    assert failed == 0


def test_the_same_traffic_notices_a_service_that_dies(start: Start, claim: dict[str, Any]) -> None:
    dying, staying = start(CLAIMS_DRAIN_SECONDS=4), start(CLAIMS_DRAIN_SECONDS=0)
    _, failed = _traffic([dying, staying], claim, lambda: dying.signal(signal.SIGKILL))
    assert dying.wait() != 0
    assert staying.stop() == 0
    assert failed > 0


def _traffic(services: list[Service], claim: dict[str, Any], stop: Callable[[], None]) -> tuple[int, int]:
    """Send for five seconds to those that say that they are ready, as a load balancer does; stop one after two."""
    ready, end = set(services), time.monotonic() + 5
    counts = {"answered": 0, "failed": 0}

    def probe(service: Service) -> None:
        while time.monotonic() < end and service in ready:
            try:
                if service.get("/readyz").status != 200:
                    ready.discard(service)
            except OSError:
                ready.discard(service)
            time.sleep(0.2)

    def send(number: int) -> None:
        while time.monotonic() < end:
            target = sorted(ready, key=lambda each: each.port)
            try:
                status = target[number % len(target)].post("/score", [claim] * 5).status
                counts["answered" if status == 200 else "failed"] += 1
            except (OSError, ValueError):
                counts["failed"] += 1

    threads = [threading.Thread(target=probe, args=(service,)) for service in services]
    threads += [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    stop()
    for thread in threads:
        thread.join()
    return counts["answered"], counts["failed"]


def test_it_is_unready_at_once_and_serves_while_it_drains(start: Start, claim: dict[str, Any]) -> None:
    service = start(CLAIMS_DRAIN_SECONDS=12)
    began = time.monotonic()
    service.signal(signal.SIGTERM)
    time.sleep(0.3)
    assert [service.get(path).status for path in ("/readyz", "/ping", "/healthz")] == [503, 503, 200]
    reply = service.post("/score", claim)
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    assert service.wait() == 0
    assert 5.8 < time.monotonic() - began < 12


def run(folder: Path, *arguments: str, **settings: Any) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "claims_model.serving", *arguments],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "CLAIMS_MODEL_DIR": str(folder),
            **{name: str(settings[name]) for name in settings},
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLAIMS_PORT", "0"),
        ("CLAIMS_PORT", "http"),
        ("CLAIMS_LOG_LEVEL", "loud"),
        ("CLAIMS_MAX_BODY_BYTES", "1"),
        ("CLAIMS_REQUEST_TIMEOUT_SECONDS", "nan"),
        ("CLAIMS_DRAIN_SECONDS", "-1"),
    ],
)
def test_a_wrong_setting_is_one_line_and_no_start(folder: Path, name: str, value: str) -> None:
    done = run(folder, **{name: value})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"claims-model: {name}={value}: must be ")


def test_an_unknown_argument_is_refused(folder: Path) -> None:
    done = run(folder, "--port", "80")
    assert done.returncode == 2
    assert "unknown argument --port; settings are environment variables" in done.stderr


def test_a_missing_model_and_a_port_in_use_end_the_service(folder: Path, tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        port = listener.getsockname()[1]
        listener.listen()
        assert "address already in use" in run(folder, CLAIMS_PORT=port).stdout
    done = run(tmp_path, CLAIMS_PORT=port)
    assert done.returncode == 1
    assert "No such file or directory; scripts/train.sh makes it" in done.stdout


def test_an_empty_environment_means_the_documented_settings() -> None:
    assert Settings.read({}) == Settings(8080, "info", 1_048_576, 3.0, 8.0, Path("model"))


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("model.onnx", lambda content: content + b" ", "does not have the SHA-256"),
        ("model.json", lambda content: content[:-20], "Expecting"),
        ("model.json", lambda content: content.replace(b"-30 to 3650", b"0 to 3650"), "other fields"),
        ("model.json", lambda content: content.replace(b'"version"', b'"versions"', 1), "model.json lacks 'version'"),
    ],
)
def test_a_model_that_is_not_the_described_one_is_refused(
    folder: Path, tmp_path: Path, name: str, change: Any, reason: str
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "model"))
    (copy / name).write_bytes(change((copy / name).read_bytes()))
    with pytest.raises(ValueError, match=reason):
        Scorer(copy)


def test_nothing_that_is_served_can_load_a_pickle() -> None:
    for file in (ROOT / "claims_model/serving").glob("*.py"):
        assert not any(word in file.read_text() for word in ("pickle", "joblib", "allow_pickle")), file


def test_the_loop_is_free_while_a_large_request_is_scored(service: Service, claim: dict[str, Any]) -> None:
    async def both() -> float:
        loop = asyncio.get_running_loop()
        large = loop.run_in_executor(None, service.post, "/score", [claim] * 900)
        await asyncio.sleep(0.02)
        began = time.monotonic()
        assert (await loop.run_in_executor(None, service.get, "/healthz")).status == 200
        took = time.monotonic() - began
        await large
        return took

    assert asyncio.run(both()) < 1
