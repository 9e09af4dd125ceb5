"""The application of the local cluster: it asks as fast as the gateway allows, and counts what is answered."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest
import yaml
from conftest import ROOT
from therapy import application
from therapy.features import HISTORY


class Limited(BaseHTTPRequestHandler):
    """Answers as version 7, and with 429 what comes within `gap` seconds of the answer before."""

    gap = 0.0
    last = 0.0
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        now = time.monotonic()
        status = 429 if now - Limited.last < Limited.gap else 200
        Limited.last = now
        said = json.dumps({"model_version": "7"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    """A server that limits the rate."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Limited)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/infer"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("per_second", "answered"), [(1.0, {"7": 3}), (10_000.0, {"7": 1, "status 429": 2})])
def test_requests_are_spread_over_time(
    url: str, monkeypatch: pytest.MonkeyPatch, per_second: float, answered: dict
) -> None:
    monkeypatch.setattr(Limited, "gap", 0.5)
    monkeypatch.setattr(Limited, "last", 0.0)
    assert application.ask(url, False, [b"{}"] * 3, per_second) == answered


def test_all_connections_together_keep_the_rate(url: str, sessions: pd.DataFrame) -> None:
    rows = sessions.head(12).assign(**dict.fromkeys(HISTORY, 0.5))
    began = time.monotonic()
    assert application.ask_all(url, False, rows, clients=2, per_second=20.0) == {"7": 12}
    assert time.monotonic() - began >= 0.5


def test_the_rate_is_below_what_the_gateway_allows_one_address() -> None:
    limits = yaml.safe_load((ROOT.parent / "gateway/components/traefik/limits.yaml").read_text())
    assert limits["http"]["middlewares"]["rate-limit"]["rateLimit"]["average"] > application.PER_SECOND
