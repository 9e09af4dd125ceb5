"""The service as an ASGI application: routes, limits, and what is told of each request."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from typing import Any, Awaitable, Callable, NamedTuple

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from claims_model.schema import FEATURES, NAMES
from claims_model.serving import inference, metrics
from claims_model.serving.log import Log
from claims_model.serving.problems import Problem
from claims_model.serving.records import READERS, encode_all
from claims_model.serving.settings import Settings

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# Rows between two moments in which other requests, probes among them, get their turn.
_BATCH = 128
_OPTIONAL = [(index, feature.name) for index, feature in enumerate(FEATURES) if feature.optional]
_JSON = "application/json"
# Whether drivers are told, by what stands behind the question mark.
_DRIVERS = {b"": True, b"drivers=true": True, b"drivers=false": False}
_TITLES = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

Headers = dict  # of bytes by bytes, names in lower case
Receive = Callable[[], Awaitable[dict]]
Send = Callable[[dict], Awaitable[None]]


class Answer(NamedTuple):
    """What is sent back."""

    body: bytes
    status: int = 200
    content_type: str = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    records: int = 0


class Request(NamedTuple):
    """A request whose route and method are known."""

    route: str
    headers: Headers
    query: bytes
    receive: Receive


Handler = Callable[[Request], Awaitable[Answer]]


class Application:
    """Answers requests once `scorer` is set, and tells probes that it is not ready before that and while draining."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self.scorer: Any = None
        self.draining = False
        model = "/v2/models/claims-model"
        self._routes: dict[str, tuple[bytes, Handler]] = {
            "/score": (b"POST", self._score),
            "/invocations": (b"POST", self._score),
            f"{model}/infer": (b"POST", self._infer),
            "/healthz": (b"GET", self._live),
            "/readyz": (b"GET", self._ready),
            "/ping": (b"GET", self._ready),
            "/metrics": (b"GET", self._metrics),
            "/v2/health/live": (b"GET", self._live),
            "/v2/health/ready": (b"GET", self._ready),
            model: (b"GET", self._metadata),
            f"{model}/ready": (b"GET", self._ready),
        }

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        """Answer one request. Whatever is wrong with it, the answer is one of HTTP's, and a line of the log."""
        if scope["type"] != "http":
            return
        start = time.perf_counter()
        headers = dict(scope["headers"])
        identifier = headers.get(b"x-request-id", b"")
        if not _REQUEST_ID.fullmatch(identifier):
            identifier = uuid.uuid4().hex.encode()
        method = scope["method"]
        route = scope["path"] if scope["path"] in self._routes else "unmatched"
        fault = ""
        metrics.IN_PROGRESS.inc()
        try:
            answer = await self._answer(Request(route, headers, scope.get("query_string", b""), receive), method)
        except Problem as problem:
            answer, fault = _refusal(route, problem, identifier), problem.detail
            for each in problem.faults:
                metrics.FAULTS.labels(each.field if each.field in NAMES else "other").inc()
        except Exception as error:  # A defect of ours: said, counted, and no reason to stop serving.
            answer = _refusal(route, Problem(500, "the service failed; the log has the request's id"), identifier)
            self._log("error", "failure", request_id=identifier.decode(), error=type(error).__name__, at=_where(error))
        finally:
            metrics.IN_PROGRESS.dec()
        await self._send(send, answer, identifier)
        self._tell(route, method, answer, identifier, time.perf_counter() - start, bool(fault))

    async def _answer(self, request: Request, method: str) -> Answer:
        if request.route == "unmatched":
            raise Problem(404, f"there is nothing here; there are: {', '.join(self._routes)}")
        allowed, handler = self._routes[request.route]
        if method.encode() != allowed and (method, allowed) != ("HEAD", b"GET"):
            raise Problem(405, f"{request.route} takes {allowed.decode()} only")
        if allowed == b"GET":
            return await handler(request)
        if self.scorer is None:
            raise Problem(503, "the model is not loaded yet; try again in a second")
        return await self._within_time(handler(request))

    async def _within_time(self, work: Awaitable[Answer]) -> Answer:
        """Return the work's answer, or raise 408 once the time for a request is up.

        A timer that cancels this task costs a tenth of `asyncio.wait_for`, which makes a task for each call.
        """
        task = asyncio.current_task()
        expired = []

        def expire() -> None:
            expired.append(True)
            task.cancel()

        timer = asyncio.get_running_loop().call_later(self._settings.request_timeout_seconds, expire)
        try:
            return await work
        except asyncio.CancelledError:
            if not expired:
                raise
            seconds = self._settings.request_timeout_seconds
            raise Problem(408, f"the request took more than {seconds:g} s; send fewer claims at once") from None
        finally:
            timer.cancel()

    async def _body(self, request: Request) -> bytes:
        limit = self._settings.max_body_bytes
        declared = request.headers.get(b"content-length", b"0")
        chunks = []
        size = int(declared) if declared.isdigit() else 0
        if size > limit:
            raise Problem(413, f"the body has {size} bytes; at most {limit} are taken")
        size = 0
        while True:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise Problem(400, "the connection ended before the body did")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise Problem(413, f"the body has more than {limit} bytes")
            chunks.append(chunk)
            if not message.get("more_body"):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _rows(self, records: list[Any]) -> list[list[float]]:
        if len(records) <= _BATCH:
            return encode_all(records)
        rows = []
        for first in range(0, len(records), _BATCH):
            rows += encode_all(records[first : first + _BATCH], first)
            await asyncio.sleep(0)
        return rows

    async def _in_batches(self, run: Callable[[list], list], rows: list[list[float]]) -> list[Any]:
        if len(rows) <= _BATCH:
            return run(rows)
        results = []
        for first in range(0, len(rows), _BATCH):
            results += run(rows[first : first + _BATCH])
            await asyncio.sleep(0)
        return results

    def _count(self, route: str, rows: list[list[float]], costs: list[float]) -> None:
        metrics.PREDICTIONS.labels(route).inc(len(rows))
        for cost in costs:
            metrics.EXPECTED_COST.observe(cost)
        for index, name in _OPTIONAL:
            unknown = sum(1 for row in rows if row[index] != row[index])
            if unknown:
                metrics.UNKNOWN.labels(name).inc(unknown)

    async def _score(self, request: Request) -> Answer:
        """Score one claim or many. `/score` speaks JSON; `/invocations` what SageMaker sends as well."""
        if request.query not in _DRIVERS:
            raise Problem(400, "the only parameter is drivers, which is true or false")
        explain = _DRIVERS[request.query]
        spoken = READERS if request.route == "/invocations" else {_JSON: READERS[_JSON]}
        sent = _media_type(request.headers.get(b"content-type", b""))
        if sent not in spoken:
            raise Problem(415, f"send one of {', '.join(spoken)} as the content type")
        wanted = _accepted(request.headers.get(b"accept", b""), sent, spoken)
        rows = await self._rows(spoken[sent](await self._body(request)))
        if explain and wanted != "text/csv":
            scores = await self._in_batches(self.scorer.score, rows)
            costs = [score.expected_cost for score in scores]
            predictions = [{"expected_cost": score.expected_cost, "drivers": score.drivers} for score in scores]
        else:
            costs = await self._in_batches(self.scorer.predict, rows)
            predictions = [{"expected_cost": cost} for cost in costs]
        if wanted == "text/csv":
            body = "".join(f"{cost}\n" for cost in costs).encode()
        elif wanted == _JSON:
            body = orjson.dumps({"model_version": self.scorer.version, "predictions": predictions})
        else:
            version = self.scorer.version
            body = b"".join(orjson.dumps({"model_version": version, **each}) + b"\n" for each in predictions)
        self._count(request.route, rows, costs)
        return Answer(body, content_type=wanted, headers=self._version(), records=len(rows))

    async def _infer(self, request: Request) -> Answer:
        if _media_type(request.headers.get(b"content-type", b"")) != _JSON:
            raise Problem(415, f"send {_JSON} as the content type")
        wanted = inference.read(await self._body(request))
        rows = await self._rows(wanted.records)
        drivers: list[Any] = []
        if wanted.explain:
            scores = await self._in_batches(self.scorer.score, rows)
            costs, drivers = [score.expected_cost for score in scores], [score.drivers for score in scores]
        else:
            costs = await self._in_batches(self.scorer.predict, rows)
        answer = inference.response((self.scorer.name, self.scorer.version), wanted, costs, drivers)
        self._count(request.route, rows, costs)
        return Answer(orjson.dumps(answer), headers=self._version(), records=len(rows))

    async def _live(self, request: Request) -> Answer:
        return Answer(b'{"live":true}')

    async def _ready(self, request: Request) -> Answer:
        if self.draining:
            raise Problem(503, "the service is stopping")
        if self.scorer is None:
            raise Problem(503, "the model is not loaded yet")
        name = {"name": self.scorer.name} if request.route.endswith("claims-model/ready") else {}
        return Answer(orjson.dumps({**name, "ready": True}), headers=self._version())

    async def _metadata(self, request: Request) -> Answer:
        if self.scorer is None:
            raise Problem(503, "the model is not loaded yet")
        return Answer(orjson.dumps(inference.metadata(self.scorer.name, self.scorer.version)), headers=self._version())

    async def _metrics(self, request: Request) -> Answer:
        metrics.READY.set(self.scorer is not None and not self.draining)
        return Answer(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    def _version(self) -> tuple[tuple[bytes, bytes], ...]:
        version = self.scorer.version.encode()
        # SageMaker hands only the second on to the caller.
        return ((b"x-model-version", version), (b"x-amzn-sagemaker-custom-attributes", b"model_version=" + version))

    async def _send(self, send: Send, answer: Answer, identifier: bytes) -> None:
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", b"%d" % len(answer.body)),
            (b"x-request-id", identifier),
            *answer.headers,
        ]
        if self.draining:
            # So that the client opens its next connection to somebody who stays.
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _tell(self, route: str, method: str, answer: Answer, identifier: bytes, seconds: float, refused: bool) -> None:
        # A method is the caller's word: counted by name only where HTTP knows it.
        method = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        metrics.REQUESTS.labels(route, method, str(answer.status)).inc()
        metrics.DURATION.labels(route).observe(seconds)
        probe = answer.status == 200 and not answer.records
        self._log(
            "debug" if probe else "warning" if refused else "info",
            "request",
            request_id=identifier.decode(),
            method=method,
            route=route,
            status=answer.status,
            duration_ms=round(seconds * 1000, 3),
            records=answer.records,
        )


def _media_type(header: bytes) -> str | None:
    """Return the media type without parameters, or None where it asks for another encoding than UTF-8."""
    name, _, parameters = header.decode("latin-1").lower().partition(";")
    charset = re.search(r'charset="?([^";\s]*)', parameters)
    if charset and charset.group(1) not in ("utf-8", "utf8", "us-ascii"):
        return None
    return name.strip()


def _accepted(header: bytes, sent: str, spoken: Any) -> str:
    """Return the content type to answer with: what was sent, unless the caller asks for another one."""
    wanted = [part.partition(";")[0].strip() for part in header.decode("latin-1").lower().split(",") if part.strip()]
    if not wanted or "*/*" in wanted or sent in wanted:
        return sent
    for name in wanted:
        if name in spoken:
            return name
        if name.endswith("/*") and sent.startswith(name[:-1]):
            return sent
    raise Problem(406, f"the answer can be one of {', '.join(spoken)}")


def _refusal(route: str, problem: Problem, identifier: bytes) -> Answer:
    """Return the answer for a problem: RFC 9457's form, or that of the Open Inference Protocol on its routes."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if problem.status == 405:
        headers = ((b"allow", problem.detail.split()[-2].encode()),)
    if problem.status == 503:
        headers = ((b"retry-after", b"1"),)
    if route.startswith("/v2/"):
        return Answer(orjson.dumps({"error": problem.detail}), problem.status, headers=headers)
    content = {
        "title": _TITLES[problem.status],
        "status": problem.status,
        "detail": problem.detail,
        "request_id": identifier.decode(),
    }
    if problem.faults:
        content["errors"] = [fault._asdict() for fault in problem.faults]
    return Answer(orjson.dumps(content), problem.status, "application/problem+json", headers)


def _where(error: BaseException) -> str:
    """Return the line that an error comes from; its text is left out, for it may quote a claim."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"
