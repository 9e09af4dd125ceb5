"""The service: FastAPI routes, limits, metrics and log."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from claims_model.schema import FEATURES, NAMES
from claims_model.serving import metrics
from claims_model.serving.log import Log
from claims_model.serving.problems import Problem
from claims_model.serving.records import READERS, read_all
from claims_model.serving.settings import Settings

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
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


class State:
    """The model, once it is loaded, and whether the service is stopping."""

    scorer: Any = None
    draining = False


def create_app(settings: Settings, log: Log, state: State) -> FastAPI:
    """Return the application that serves the model of `state`."""
    app = FastAPI(title="Claims model", version="2", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    # One claim batch at a time: the container has one processor. Probes are answered meanwhile.
    turn = asyncio.Lock()

    @app.middleware("http")
    async def tell(request: Request, call_next: Any) -> Response:
        """Give each request an id, and count and log it."""
        began = time.perf_counter()
        identifier = request.headers.get("x-request-id", "")
        request.state.id = identifier if _REQUEST_ID.fullmatch(identifier) else uuid.uuid4().hex
        request.state.claims = 0
        metrics.IN_PROGRESS.inc()
        try:
            response = await call_next(request)
        except Exception as error:  # A defect of the service: reported, counted, and no reason to stop.
            log("error", "failure", request_id=request.state.id, error=type(error).__name__, at=_where(error))
            response = _refusal(request, Problem(500, "the service failed; its log names the request"))
        finally:
            metrics.IN_PROGRESS.dec()
        response.headers["X-Request-ID"] = request.state.id
        if state.draining:
            # The client opens its next connection to another instance.
            response.headers["Connection"] = "close"
        seconds = time.perf_counter() - began
        route = request.url.path if request.url.path in paths else "unmatched"
        method = request.method if request.method in _METHODS else "other"
        status = response.status_code
        metrics.REQUESTS.labels(route, method, str(status)).inc()
        metrics.DURATION.labels(route).observe(seconds)
        log(
            "warning" if status >= 400 else "info" if request.state.claims else "debug",
            "request",
            request_id=request.state.id,
            method=method,
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 3),
            records=request.state.claims,
        )
        return response

    @app.exception_handler(Problem)
    async def refuse(request: Request, problem: Problem) -> Response:
        for fault in problem.faults:
            metrics.FAULTS.labels(fault.field if fault.field in NAMES else "other").inc()
        return _refusal(request, problem)

    @app.exception_handler(HTTPException)
    async def not_served(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return _refusal(request, Problem(404, f"no such path; the service has: {', '.join(sorted(paths))}"))
        response = _refusal(request, Problem(error.status_code, f"{request.url.path} does not take this method"))
        response.headers.update(error.headers or {})
        return response

    async def score(request: Request, spoken: dict) -> Response:
        if state.scorer is None:
            raise Problem(503, "the model is not loaded yet; try again in a second")
        sent = _media_type(request.headers.get("content-type", ""))
        if sent not in spoken:
            raise Problem(415, f"the content type must be one of: {', '.join(spoken)}")
        wanted = _accepted(request.headers.get("accept", ""), sent, spoken)
        try:
            return await asyncio.wait_for(answer(request, spoken[sent], wanted), settings.request_timeout_seconds)
        except asyncio.TimeoutError:
            seconds = settings.request_timeout_seconds
            raise Problem(408, f"the request took more than {seconds:g} s; send fewer claims at once") from None

    async def answer(request: Request, reader: Any, wanted: str) -> Response:
        body = await _body(request, settings.max_body_bytes)
        async with turn:
            claims, costs = await run_in_threadpool(lambda: _score(state.scorer, reader(body)))
        request.state.claims = len(claims)
        metrics.PREDICTIONS.labels(request.url.path).inc(len(claims))
        for cost in costs:
            metrics.EXPECTED_COST.observe(cost)
        for index, feature in enumerate(FEATURES):
            if feature.optional:
                metrics.UNKNOWN.labels(feature.name).inc(sum(claim[index] is None for claim in claims))
        version = state.scorer.version
        # SageMaker passes only the second on to the caller.
        headers = {"X-Model-Version": version, "X-Amzn-SageMaker-Custom-Attributes": f"model_version={version}"}
        if wanted == "text/csv":
            return PlainTextResponse("".join(f"{cost}\n" for cost in costs), headers=headers, media_type="text/csv")
        if wanted == "application/jsonlines":
            lines = [JSONResponse({"model_version": version, "expected_cost": cost}).body for cost in costs]
            return Response(b"".join(line + b"\n" for line in lines), headers=headers, media_type=wanted)
        return JSONResponse(state.scorer.answer(costs), headers=headers)

    @app.post("/score", summary="Score claims", openapi_extra=_BODY, responses=_REFUSALS)
    async def post_score(request: Request) -> Response:
        return await score(request, {"application/json": READERS["application/json"]})

    @app.post("/invocations", summary="Score claims, for SageMaker", openapi_extra=_BODY, responses=_REFUSALS)
    async def post_invocations(request: Request) -> Response:
        return await score(request, READERS)

    @app.get("/healthz", summary="Liveness")
    async def get_health() -> Response:
        return JSONResponse({"live": True})

    @app.get("/readyz", summary="Readiness")
    @app.get("/ping", summary="Readiness, for SageMaker")
    async def get_ready() -> Response:
        if state.draining:
            raise Problem(503, "the service is stopping")
        if state.scorer is None:
            raise Problem(503, "the model is not loaded yet")
        return JSONResponse({"ready": True, "model_version": state.scorer.version, "trained_on": state.scorer.source})

    @app.get("/metrics", summary="Prometheus metrics")
    async def get_metrics() -> Response:
        metrics.READY.set(state.scorer is not None and not state.draining)
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    paths = frozenset(route.path for route in app.routes)
    return app


def _score(scorer: Any, records: list[Any]) -> tuple[list[list[Any]], list[float]]:
    claims = read_all(records)
    return claims, scorer.costs(claims)


async def _body(request: Request, limit: int) -> bytes:
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise Problem(413, f"the body has more than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _media_type(header: str) -> str | None:
    """Return the media type without parameters, or None where it names another encoding than UTF-8."""
    name, _, parameters = header.lower().partition(";")
    charset = re.search(r'charset="?([^";\s]*)', parameters)
    if charset and charset.group(1) not in ("utf-8", "utf8", "us-ascii"):
        return None
    return name.strip()


def _accepted(header: str, sent: str, spoken: Any) -> str:
    """Return the content type of the answer: that of the request, unless the caller asks for another."""
    wanted = [part.partition(";")[0].strip() for part in header.lower().split(",") if part.strip()]
    if not wanted or "*/*" in wanted or sent in wanted:
        return sent
    for name in wanted:
        if name in spoken:
            return name
        if name.endswith("/*") and sent.startswith(name[:-1]):
            return sent
    raise Problem(406, f"the answer can be one of: {', '.join(spoken)}")


def _refusal(request: Request, problem: Problem) -> Response:
    """Return the answer for a problem in the form of RFC 9457."""
    content: dict = {
        "title": _TITLES.get(problem.status, "Error"),
        "status": problem.status,
        "detail": problem.detail,
        "request_id": request.state.id,
    }
    if problem.faults:
        content["errors"] = [fault._asdict() for fault in problem.faults]
    headers = {"Retry-After": "1"} if problem.status == 503 else None
    return JSONResponse(content, problem.status, headers, media_type="application/problem+json")


def _where(error: BaseException) -> str:
    """Return the line that raised; the error's text may quote a claim."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"


def _property(feature: Any) -> dict:
    if feature.kind == "integer":
        schema = {"type": "integer", "minimum": feature.minimum, "maximum": feature.maximum}
    else:
        schema = {"enum": [*feature.categories, *(["n/k", None] if feature.optional else [])]}
    return {**schema, "description": feature.description}


_CLAIM = {
    "type": "object",
    "additionalProperties": False,
    "required": [feature.name for feature in FEATURES if not feature.optional],
    "properties": {feature.name: _property(feature) for feature in FEATURES},
}
_ROW = {"type": "array", "minItems": len(FEATURES), "maxItems": len(FEATURES), "items": {}}
_CLAIMS = {"type": "array", "minItems": 1, "items": {"oneOf": [_CLAIM, _ROW]}}
_SUPPLIED = {"type": "object", "required": ["data"], "additionalProperties": False, "properties": {"data": _CLAIMS}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": [_CLAIM, _CLAIMS, _SUPPLIED]}}},
    }
}
_PROBLEM = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
_REFUSALS: dict = {status: {"description": _TITLES[status], **_PROBLEM} for status in (400, 408, 413, 415, 422, 503)}
