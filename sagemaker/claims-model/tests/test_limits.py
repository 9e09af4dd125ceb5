"""Sizes, times, and requests that nobody wrote."""

from __future__ import annotations

import json
import random
import socket
import time
from typing import Any

import pytest

from claims_model.schema import NAMES
from tests.service import Service

LIMIT = 1_048_576
REQUESTS = 1_500


def test_a_body_of_the_limits_size_is_read_and_one_byte_more_is_refused(
    service: Service, claim: dict[str, Any]
) -> None:
    body = json.dumps(claim).encode()
    assert service.post("/score", body + b" " * (LIMIT - len(body))).status == 200
    refused = service.post("/score", body + b" " * (LIMIT - len(body) + 1))
    assert refused.status == 413
    assert str(LIMIT) in refused.json["detail"]


def test_a_body_in_chunks_is_refused_when_it_grows_too_large(service: Service) -> None:
    chunks = (b" " * 65_536 for _ in range(LIMIT // 65_536 + 1))
    assert service.request("POST", "/score", chunks, {"Content-Type": "application/json"}).status == 413


def test_a_body_that_does_not_come_ends_the_request(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(
            b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
        start = time.monotonic()
        assert connection.recv(4_096).startswith(b"HTTP/1.1 408")
        assert 0.8 < time.monotonic() - start < 5


def test_more_claims_than_the_time_allows_are_refused_and_probes_are_answered_meanwhile(
    start: Any, claim: dict[str, Any]
) -> None:
    service = start(CLAIMS_REQUEST_TIMEOUT_SECONDS=0.1, CLAIMS_MAX_BODY_BYTES=26_214_400, CLAIMS_DRAIN_SECONDS=0)
    try:
        reply = service.post("/score", [claim] * 50_000)
        assert (reply.status, reply.headers["content-type"]) == (408, "application/problem+json")
        assert service.get("/healthz").status == 200
    finally:
        assert service.stop() == 0


def test_no_request_makes_the_service_fail(service: Service, claim: dict[str, Any]) -> None:
    chance = random.Random(20_260_101)  # noqa: S311 the seed makes a failure repeatable
    statuses: dict[int, int] = {}
    for number in range(REQUESTS):
        method, path, body, content_type = _request(chance, claim)
        reply = service.request(method, path, body, {"Content-Type": content_type} if content_type else {})
        assert reply.status < 500, (number, method, path, content_type, body[:500])
        statuses[reply.status] = statuses.get(reply.status, 0) + 1
    # It reached the reader, the rules for values and the model, and not only the first door.
    assert {200, 400, 404, 405, 415, 422} <= set(statuses)
    assert service.events("failure") == []
    assert service.post("/score", claim).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /score HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
def test_what_is_no_http_is_refused(service: Service, claim: dict[str, Any], sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4_096)[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 415")
    assert service.post("/score", claim).status == 200


def _request(chance: random.Random, claim: dict[str, Any]) -> tuple[str, str, bytes, str]:
    method = chance.choice(["POST"] * 12 + ["GET", "PUT", "DELETE", "OPTIONS", "BREW"])
    path = chance.choice(
        ["/score", "/score?drivers=false", "/invocations", "/v2/models/claims-model/infer"] * 6
        + ["/healthz", "/ping", "/score?" + "x" * 500, "/" + "%ff" * 20, "//", "/v2/models/claims-model"]
    )
    content_type = chance.choice(
        ["application/json"] * 8
        + ["text/csv", "text/csv", "application/jsonlines", "application/jsonlines"]
        + ["", ";", "application/json; charset=latin-1", "text/" + "x" * 300]
    )
    if content_type == "text/csv":
        rows = [",".join(_cell(chance, claim[name]) for name in NAMES) for _ in range(chance.randrange(4))]
        body = "\n".join(rows).encode()
    elif path.endswith("infer"):
        body = json.dumps(_mutated(chance, {"inputs": _tensors(chance, claim)})).encode()
    else:
        body = json.dumps(
            _mutated(chance, [claim] * chance.randrange(1, 4) if chance.random() < 0.4 else claim)
        ).encode()
    if chance.random() < 0.25:
        body = _broken(chance, body)
    return method, path, body, content_type


def _tensors(chance: random.Random, claim: dict[str, Any]) -> list[Any]:
    return [
        {
            "name": name,
            "datatype": {str: "BYTES", bool: "BOOL"}.get(type(value), chance.choice(["INT64", "FP32", "INT64"])),
            "shape": [1],
            "data": [value],
        }
        for name, value in claim.items()
    ]


def _cell(chance: random.Random, value: Any) -> str:
    if chance.random() < 0.9:
        return "" if value is None else str(value)
    return chance.choice(['"', "nan", "inf", "-1", "1e400", "\x00", "é", "1_000", "true", "9" * 400])


def _value(chance: random.Random) -> Any:
    return chance.choice(
        [None, True, -1, 0, 17, 1e308, 10**30, 0.5, "", "theft", "\u0000", "é" * 50, [], {}, [[1]], {"a": {"b": []}}]
    )


def _mutated(chance: random.Random, value: Any) -> Any:
    """Change, drop or add something at any depth, with some luck nothing."""
    if chance.random() < 0.04:
        return _value(chance)
    if isinstance(value, dict):
        changed = {key: _mutated(chance, each) for key, each in value.items() if chance.random() > 0.01}
        if chance.random() < 0.05:
            changed["x" * chance.randrange(60)] = _value(chance)
        return changed
    if isinstance(value, list):
        return [_mutated(chance, each) for each in value]
    return value


def _broken(chance: random.Random, body: bytes) -> bytes:
    """Cut, repeat or overwrite a part of the bytes."""
    if not body:
        return bytes(chance.randrange(256) for _ in range(20))
    at, end = sorted((chance.randrange(len(body)), chance.randrange(len(body))))
    kind = chance.randrange(4)
    if kind == 0:
        return body[:at]
    if kind == 1:
        return body[:end] + body[at:]
    if kind == 2:
        return body[:at] + bytes(chance.randrange(256) for _ in range(8)) + body[at + 8 :]
    return b"[" * chance.choice([10, 1_000, 50_000]) + body
