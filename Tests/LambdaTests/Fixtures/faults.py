"""A proxy between the function and S3 that breaks requests, by a plan that a seed decides.

    POST /-/plan?seed=7&faults=3&span=12   the next 12 requests hold 3 faults; clears what was counted
    GET  /-/report                         what was broken since

Everything else goes to the upstream. It runs until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import struct
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

# before: S3 never sees the request. after: S3 carries it out, and the answer is lost.
KINDS = [
    "500-before",
    "503-before",
    "500-after",
    "reset-before",
    "reset-after",
    "truncate",
    "reset-in-body",
    "slow",
    "stall",
    "length-too-small",
    "length-too-large",
]
# Answers that a plan gives only where `only` names them: S3 never sees the request.
ANSWERS = {
    "denied-401": (b"401 Unauthorized", b"<Error><Code>Unauthorized</Code></Error>", []),
    "denied-403": (b"403 Forbidden", b"<Error><Code>AccessDenied</Code></Error>", []),
    "denied-kms": (b"400 Bad Request", b"<Error><Code>KMS.DisabledException</Code></Error>", []),
    "archived": (b"403 Forbidden", b"<Error><Code>InvalidObjectState</Code></Error>", []),
    "503-wait": (b"503 Slow Down", b"<Error><Code>SlowDown</Code></Error>", [b"Retry-After: 1"]),
}
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
INTERNAL = b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"


class Plan:
    """Which of the next requests are broken, and how."""

    def __init__(self, seed: int = 0, faults: int = 0, span: int = 1, change: str = "", only: str = "") -> None:
        """Chooses from the seed alone; `only` names the one kind of fault."""
        self.random = random.Random(seed)  # noqa: S311 the same faults each time, no secret
        places = self.random.sample(range(span), min(faults, span))
        self.kinds = {place: only or self.random.choice(KINDS) for place in places}
        self.change = change
        self.count = 0
        self.done: list[str] = []
        self.callers: set[str] = set()

    def next(self) -> str | None:
        """What happens to this request."""
        kind = self.kinds.get(self.count)
        self.count += 1
        if kind:
            self.done.append(kind)
        return kind


async def read_message(reader: asyncio.StreamReader) -> tuple[list[bytes], bytes] | None:
    """Reads a request or a response with a Content-Length: its lines and its body."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    lines = head[:-4].split(b"\r\n")
    length = 0
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    is_head = lines[0].startswith(b"HEAD")
    body = b"" if is_head or not length else await reader.readexactly(length)
    return lines, body


class Proxy:
    """One upstream, one plan at a time."""

    def __init__(self, upstream: int) -> None:
        """Starts without faults."""
        self.upstream = upstream
        self.plan = Plan()

    async def forward(self, lines: list[bytes], body: bytes) -> tuple[list[bytes], bytes]:
        """Asks the upstream on a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        writer.write(b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
        answer = b"" if lines[0].startswith(b"HEAD") else await reader.read(-1)
        writer.close()
        if any(line.lower().startswith(b"transfer-encoding: chunked") for line in head):
            raise ValueError("the upstream is expected to send lengths")
        return [line for line in head if not line.lower().startswith(b"connection:")], answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one connection until either side ends it."""
        try:
            while message := await read_message(reader):
                if not await self.answer(*message, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def control(self, target: str) -> bytes:
        """The proxy's own requests."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/-/plan":
            words = {name: query.pop(name, "") for name in ("change", "only")}
            self.plan = Plan(**{name: int(value) for name, value in query.items()}, **words)
        return json.dumps({"faults": self.plan.done, "callers": sorted(self.plan.callers)}).encode()

    async def answer(self, lines: list[bytes], body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; says whether the connection goes on."""
        method, target, _ = lines[0].decode().split(" ", 2)
        if target.startswith("/-/"):
            return await self.send(writer, [b"HTTP/1.1 200 OK"], self.control(target))
        if self.plan.change and method == "GET" and "?" not in target:
            return await self.change_midway(lines, writer)
        self.plan.callers.update(caller(lines))
        kind = self.plan.next()
        if kind in ANSWERS:
            status, content, headers = ANSWERS[kind]
            return await self.send(writer, [b"HTTP/1.1 " + status, *headers], content)
        if kind == "500-before":
            return await self.send(writer, [b"HTTP/1.1 500 Internal Server Error"], INTERNAL)
        if kind == "503-before":
            return await self.send(writer, [b"HTTP/1.1 503 Slow Down"], SLOW_DOWN)
        if kind == "reset-before":
            return reset(writer)
        head, content = await self.forward(lines, body)
        if kind == "500-after":
            return await self.send(writer, [b"HTTP/1.1 500 Internal Server Error"], INTERNAL)
        if kind == "reset-after":
            return reset(writer)
        if kind == "stall":
            await asyncio.sleep(3)
            return reset(writer)
        if kind is None:
            return await self.send(writer, head, content, keeps_length=True)
        return await self.break_body(kind, head, content, writer)

    async def break_body(self, kind: str, head: list[bytes], content: bytes, writer: asyncio.StreamWriter) -> bool:
        """Breaks the way from the answer's body to the function."""
        part = self.plan.random.randrange(len(content)) if content else 0
        if kind in ("length-too-small", "length-too-large"):
            other = part if kind == "length-too-small" else len(content) + 1 + part
            lines = [line for line in head if not line.lower().startswith(b"content-length:")]
            writer.write(b"\r\n".join([*lines, b"Content-Length: %d" % other]) + b"\r\n\r\n" + content)
            await writer.drain()
            return False
        writer.write(b"\r\n".join(head) + b"\r\n\r\n")
        if kind == "slow":
            for start in range(0, len(content), max(1, len(content) // 8)):
                writer.write(content[start : start + max(1, len(content) // 8)])
                await writer.drain()
                await asyncio.sleep(0.02)
            return True
        writer.write(content[:part])
        await writer.drain()
        return reset(writer) if kind == "reset-in-body" else False

    async def change_midway(self, lines: list[bytes], writer: asyncio.StreamWriter) -> bool:
        """Sends half of the object, and puts another one in its place meanwhile."""
        head, content = await self.forward(lines, b"")
        target = lines[0].split(b" ")[1]
        other = self.plan.change.encode()
        self.plan.change = ""
        self.plan.done.append("change")
        # Whoever overwrites it has the same rights: moto looks for a signature, not at it.
        kept = [line for line in lines[1:] if line.lower().startswith((b"host:", b"authorization:", b"x-amz-date:"))]
        put = [b"PUT " + target + b" HTTP/1.1", *kept]
        await self.forward([*put, b"Content-Length: %d" % len(other)], other)
        writer.write(b"\r\n".join(head) + b"\r\n\r\n" + content[: len(content) // 2])
        await writer.drain()
        return False

    async def send(
        self, writer: asyncio.StreamWriter, head: list[bytes], body: bytes, keeps_length: bool = False
    ) -> bool:
        """Sends a whole answer."""
        length = [] if keeps_length else [b"Content-Length: %d" % len(body)]
        writer.write(b"\r\n".join([*head, *length]) + b"\r\n\r\n" + body)
        await writer.drain()
        return True


def caller(lines: list[bytes]) -> list[str]:
    """Whose access key signed the request."""
    signed = (line.partition(b"Credential=")[2] for line in lines if line.lower().startswith(b"authorization:"))
    return [credential.split(b"/")[0].decode() for credential in signed]


def reset(writer: asyncio.StreamWriter) -> bool:
    """Ends the connection with a reset instead of a farewell."""
    connection: Any = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def run(port: int, upstream: int) -> None:
    """Serves until cancelled."""
    server = await asyncio.start_server(Proxy(upstream).serve, "127.0.0.1", port, limit=1 << 22)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("upstream", type=int)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.port, arguments.upstream))


if __name__ == "__main__":
    sys.exit(main())
