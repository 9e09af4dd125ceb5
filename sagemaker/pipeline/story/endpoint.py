"""A stand-in for the endpoint: the configuration is the emulator's, the containers are real.

It splits requests over the variants by their weights, hands them to containers, and writes captures and metrics as
SageMaker does. It sets the alarms on errors from these metrics, as CloudWatch does. boto3's InvokeEndpoint works
against it.
"""

from __future__ import annotations

import base64
import json
import random
import tarfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from story.containers import Container, Docker, NotServing
from story.runner import place

# InvokeEndpoint takes no more.
MOST_BYTES = 6 * 1024 * 1024
# An alarm is on for so long after an error; a period is a minute on AWS.
ALARM_SECONDS = 3


class Endpoint:
    """The endpoint's containers, and what came of its requests."""

    def __init__(self, clients: dict[str, Any], name: str, docker: Docker, scratch: Path, seed: int = 7) -> None:
        self.clients, self.name, self.docker, self.scratch = clients, name, docker, scratch
        self.random = random.Random(seed)  # noqa: S311 splits traffic
        self.lock = threading.Lock()
        self.containers: dict[str, Container] = {}
        self.weights: dict[str, float] = {}
        # The share of the requests that a shadow variant gets a copy of.
        self.shadows: dict[str, float] = {}
        self.serving: dict[str, str] = {}
        self.capture: dict[str, Any] = {}
        self.counts: Counter[tuple[str, int]] = Counter()
        self.captured: dict[str, list[dict[str, Any]]] = {}
        self.folders: dict[str, Path] = {}
        self.alarms: list[dict[str, Any]] = []
        self.rang: dict[str, float] = {}
        # The story's clock: captures are filed by it.
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def refresh(self) -> None:
        """Take configuration and weights from the emulator; raise `NotServing` and keep what serves where it fails."""
        sagemaker = self.clients["sagemaker"]
        endpoint = sagemaker.describe_endpoint(EndpointName=self.name)
        configuration = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        copied = configuration.get("ShadowProductionVariants", [])
        wanted = {item["VariantName"]: item["ModelName"] for item in configuration["ProductionVariants"] + copied}
        weights = {item["VariantName"]: item["CurrentWeight"] for item in endpoint["ProductionVariants"]}
        shadows = {item["VariantName"]: item["InitialVariantWeight"] / sum(weights.values()) for item in copied}
        made: dict[str, Container] = {}
        try:
            for variant, model in wanted.items():
                # The standby has machines too, as on SageMaker: a rollback starts none.
                if self.serving.get(variant) != model or variant not in self.containers:
                    made[variant] = Container.start(self.docker, self.model(model))
        except NotServing:
            for container in made.values():
                container.remove()
            raise
        with self.lock:
            gone = [
                self.containers.pop(name)
                for name in list(self.containers)
                if name in made or wanted.get(name) != self.serving.get(name)
            ]
            self.containers |= made
            self.weights, self.shadows, self.serving = weights, shadows, wanted
            self.capture = configuration.get("DataCaptureConfig", {})
        for container in gone:
            container.stop()

    def model(self, name: str) -> Path:
        """Fetch a model's archive, by its own address or its package's."""
        if name not in self.folders:
            described = self.clients["sagemaker"].describe_model(ModelName=name)
            container = described.get("PrimaryContainer") or described["Containers"][0]
            address = container.get("ModelDataUrl")
            if address is None:
                package = self.clients["sagemaker"].describe_model_package(
                    ModelPackageName=container["ModelPackageName"]
                )
                address = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
            folder = self.scratch / name
            folder.mkdir(parents=True)
            self.clients["s3"].download_file(*place(address), str(folder / "model.tar.gz"))
            with tarfile.open(folder / "model.tar.gz") as archive:
                archive.extractall(folder, filter="data")
            for path in (folder, *folder.iterdir()):
                path.chmod(0o755)
            self.folders[name] = folder
        return self.folders[name]

    def invoke(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Answer a request by the variant that its weight gives it to; shadow variants get a copy, and answer nobody.

        https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
        """
        if len(body) > MOST_BYTES:
            return 413, {}, b"the body is larger than InvokeEndpoint takes"
        with self.lock:
            variant = self._choose()
            copies = [name for name, share in self.shadows.items() if self.random.random() < share]
        status, content = self._ask(variant, body, headers)
        for name in copies:
            self._ask(name, body, headers)
        return status, {"x-Amzn-Invoked-Production-Variant": variant}, content

    def _ask(self, variant: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        kind = headers.get("content-type", "application/json")
        given = {"Content-Type": kind, "Accept": headers.get("accept", "application/json")}
        with self.lock:
            container = self.containers[variant]
        status, answered, content = container.invoke(body, given)
        with self.lock:
            self.counts[variant, status // 100] += 1
            if status == 200 and self.capture.get("EnableCapture"):
                made = (answered.get("content-type", kind), content)
                made_for = headers.get("x-amzn-sagemaker-inference-id")
                self.captured.setdefault(variant, []).append(event(self.now(), (kind, body), made, made_for))
        return status, content

    def _choose(self) -> str:
        names = sorted(self.weights)
        return self.random.choices(names, [self.weights[name] for name in names])[0]

    def flush(self) -> None:
        """Write captures and metrics, which SageMaker does within minutes."""
        with self.lock:
            captured, self.captured = self.captured, {}
            counts, self.counts = self.counts, Counter()
        now = self.now()
        for variant, events in captured.items():
            bucket, prefix = place(self.capture["DestinationS3Uri"])
            name = f"{now:%M-%S}-{now.microsecond // 1000:03}-{uuid.uuid4()}.jsonl"
            key = f"{prefix}/{self.name}/{variant}/{now:%Y/%m/%d/%H}/{name}"
            self.clients["s3"].put_object(
                Bucket=bucket, Key=key, Body="".join(json.dumps(item) + "\n" for item in events).encode()
            )
        for alarm in self.alarms:
            # Latency on a shared machine says nothing of a model.
            if alarm["MetricName"] == "Invocation5XXErrors":
                variant = next(item["Value"] for item in alarm["Dimensions"] if item["Name"] == "VariantName")
                total = sum(count for (name, _), count in counts.items() if name == variant)
                if total > 0 and counts[variant, 5] / total > alarm["Threshold"]:
                    self.rang[variant] = time.monotonic()
                over = time.monotonic() - self.rang.get(variant, 0) < ALARM_SECONDS
                self.clients["cloudwatch"].set_alarm_state(
                    AlarmName=alarm["AlarmName"], StateValue="ALARM" if over else "OK", StateReason="5xx"
                )
        for variant in {name for name, _ in counts}:
            dimensions = [{"Name": "EndpointName", "Value": self.name}, {"Name": "VariantName", "Value": variant}]
            total = float(sum(count for (name, _), count in counts.items() if name == variant))
            self.clients["cloudwatch"].put_metric_data(
                Namespace="AWS/SageMaker",
                MetricData=[{"MetricName": "Invocations", "Dimensions": dimensions, "Value": total}],
            )

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Follow the emulator, and write metrics and alarms, while something changes it."""
        over = threading.Event()

        def follow() -> None:
            while not over.wait(0.3):
                self.refresh()
                self.flush()

        thread = threading.Thread(target=follow)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def stop(self) -> None:
        """Remove all containers."""
        for container in self.containers.values():
            container.remove()
        self.containers = {}

    def serve(self) -> ThreadingHTTPServer:
        """Listen where InvokeEndpoint of boto3 can be sent to."""
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802 the name is http.server's
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                given = {name.lower(): value for name, value in self.headers.items()}
                status, headers, content = endpoint.invoke(body, given)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Say nothing: the containers log."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


def event(at: datetime, given: tuple[str, bytes], answered: tuple[str, bytes], inference: str | None) -> dict[str, Any]:
    """Return a capture of one request, as SageMaker writes it."""
    encodings = {"text/csv": "CSV", "application/json": "JSON", "application/jsonlines": "JSON"}

    def part(mode: str, kind: str, data: bytes) -> dict[str, str]:
        encoding = encodings.get(kind.partition(";")[0].strip(), "BASE64")
        text = base64.b64encode(data).decode() if encoding == "BASE64" else data.decode()
        return {"observedContentType": kind, "mode": mode, "data": text, "encoding": encoding}

    metadata = {"eventId": str(uuid.uuid4()), "inferenceTime": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if inference:
        metadata["inferenceId"] = inference
    return {
        "captureData": {
            "endpointInput": part("INPUT", *given),
            "endpointOutput": part("OUTPUT", *answered),
        },
        "eventMetadata": metadata,
        "eventVersion": "0",
    }
