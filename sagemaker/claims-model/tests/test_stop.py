"""A stop under load loses no request."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from typing import Any

from tests.service import Service

CLIENTS = 12


class Traffic:
    """Clients that use an instance until it says that it stops, as a gateway does whose probe reads `/readyz`."""

    def __init__(self, instances: list[Service], claim: dict[str, Any]) -> None:
        self.answered, self.failed = 0, 0
        self._ports = [instance.port for instance in instances]
        body = json.dumps([claim] * 20).encode()
        head = (
            f"POST /score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._request = head.encode() + body
        self._serving = set(self._ports)

    async def run(self, seconds: float, stop: Any) -> None:
        """Send for so long, and call `stop` a third into it."""
        end = time.monotonic() + seconds
        clients = [asyncio.ensure_future(self._client(number, end)) for number in range(CLIENTS)]
        probes = [asyncio.ensure_future(self._probe(port, end)) for port in self._ports]
        await asyncio.sleep(seconds / 3)
        stop()
        await asyncio.gather(*clients, *probes)

    async def _client(self, number: int, end: float) -> None:
        while time.monotonic() < end:
            ports = sorted(self._serving)
            port = ports[number % len(ports)]
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                while time.monotonic() < end and port in self._serving:
                    writer.write(self._request)
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                    await reader.readexactly(length)
                    assert head.startswith(b"HTTP/1.1 200")
                    self.answered += 1
                    if b"connection: close" in head.lower():
                        break
                writer.close()
            except (OSError, asyncio.IncompleteReadError, AssertionError):
                self.failed += 1
                await asyncio.sleep(0.01)

    async def _probe(self, port: int, end: float) -> None:
        while time.monotonic() < end:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                ready = (await reader.read()).startswith(b"HTTP/1.1 200")
                writer.close()
            except OSError:
                ready = False
            if not ready:
                self._serving.discard(port)
            await asyncio.sleep(0.1)


def test_a_stop_under_load_loses_no_request(start: Any, claim: dict[str, Any]) -> None:
    stopping, staying = start(CLAIMS_DRAIN_SECONDS=3), start(CLAIMS_DRAIN_SECONDS=0)
    traffic = Traffic([stopping, staying], claim)
    asyncio.run(traffic.run(6, lambda: stopping.signal(signal.SIGTERM)))
    assert stopping.wait() == 0
    assert staying.stop() == 0
    assert traffic.answered > 100
    assert traffic.failed == 0


def test_the_same_traffic_notices_a_service_that_dies(start: Any, claim: dict[str, Any]) -> None:
    dying, staying = start(CLAIMS_DRAIN_SECONDS=3), start(CLAIMS_DRAIN_SECONDS=0)
    traffic = Traffic([dying, staying], claim)
    asyncio.run(traffic.run(3, lambda: dying.signal(signal.SIGKILL)))
    assert dying.wait() != 0
    assert staying.stop() == 0
    assert traffic.failed > 0


def test_it_is_not_ready_at_once_and_serves_on_for_half_the_drain_time(start: Any, claim: dict[str, Any]) -> None:
    # Long enough that half of it and the whole are told apart on a machine that is busy.
    service = start(CLAIMS_DRAIN_SECONDS=12)
    begun = time.monotonic()
    service.signal(signal.SIGTERM)
    time.sleep(0.3)
    for path in ("/readyz", "/ping", "/v2/health/ready", "/v2/models/claims-model/ready"):
        assert service.get(path).status == 503
    assert service.get("/healthz").status == 200
    reply = service.post("/score", claim)
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    assert service.wait() == 0
    assert 5.8 < time.monotonic() - begun < 12


def test_a_request_under_way_is_finished(start: Any, claim: dict[str, Any]) -> None:
    service = start(CLAIMS_DRAIN_SECONDS=2)

    async def half_sent() -> bytes:
        body = json.dumps(claim).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        head = (
            f"POST /score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body[:10])
        await asyncio.sleep(0.3)
        service.signal(signal.SIGTERM)
        # Longer than it takes new connections.
        await asyncio.sleep(1.4)
        writer.write(body[10:])
        return await reader.read()

    assert asyncio.run(half_sent()).startswith(b"HTTP/1.1 200")
    assert service.wait() == 0
