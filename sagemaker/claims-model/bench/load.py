"""A load generator: each connection sends a request, reads the whole answer, and sends the next."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import httptools
import uvloop


class Result(NamedTuple):
    """Durations of the answers in seconds, how many were no 200, and how long it all took."""

    durations: list[float]
    failed: int
    seconds: float


class _Connection(asyncio.Protocol):
    def __init__(self, requests: list[bytes], offset: int, end: float, result: list[float]) -> None:
        self._requests, self._next, self._end, self._durations = requests, offset, end, result
        self.failed = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)
        self._send()

    def _send(self) -> None:
        self._start = time.perf_counter()
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += 1

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self._durations.append(now - self._start)
        self.failed += self._parser.get_status_code() != 200
        if now < self._end:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.failed += error is not None or time.perf_counter() < self._end
        if not self.done.done():
            self.done.set_result(None)


async def _run(port: int, requests: list[bytes], connections: int, seconds: float) -> Result:
    loop = asyncio.get_running_loop()
    durations: list[float] = []
    start = time.perf_counter()
    made = [
        await loop.create_connection(
            lambda index=index: _Connection(requests, index * 7, start + seconds, durations), "127.0.0.1", port
        )
        for index in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    return Result(durations, sum(protocol.failed for _, protocol in made), time.perf_counter() - start)


def run(port: int, requests: list[bytes], connections: int, seconds: float) -> Result:
    """Send the requests in turn over so many connections for so long."""
    return uvloop.run(_run(port, requests, connections, seconds))
