"""The story's stage: the stack's clients, the endpoint's stand-in, the years of claims, and what is asked of them."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from story.containers import Docker
from story.endpoint import Endpoint
from story.runner import Run
from workflow.deployment import Deployment, Plan
from workflow.registry import Registry
from workflow.settings import Settings

KINDS = ("application/json", "text/csv", "application/jsonlines")
JSON = KINDS[0]
AT_A_TIME = 8
# One year of claims passes in a month of the story's clock.
YEAR = timedelta(days=30)


def say(text: str) -> None:
    print(json.dumps({"say": text}), flush=True)


def claim(text: str, holds: bool, seen: object) -> None:
    print(json.dumps({"text": text, "holds": bool(holds), "seen": str(seen)}), flush=True)


def refused(text: str, kind: type[Exception], contains: str, action: Callable[[], object]) -> str:
    """Assert that an action fails with the reason."""
    try:
        action()
    except kind as reason:
        claim(text, contains in str(reason), reason)
        return str(reason)
    claim(text, False, "it was done")
    return ""


class Stage:
    """The clients, containers and scratch folder that the steps of the run share."""

    def __init__(self, settings: Settings, given: argparse.Namespace, docker: Docker, scratch: Path) -> None:
        self.settings, self.given, self.docker, self.scratch = settings, given, docker, scratch
        config = Config(retries={"max_attempts": 1}, max_pool_connections=20)
        services = ("sagemaker", "s3", "cloudwatch", "events", "stepfunctions", "dynamodb")
        self.clients: dict[str, Any] = {name: boto3.client(name, config=config) for name in services}
        self.sagemaker, self.s3, self.cloudwatch = (self.clients[name] for name in services[:3])
        self.endpoint = Endpoint(self.clients, settings.endpoint_name, docker, scratch / "models")
        self.endpoint.alarms = self.cloudwatch.describe_alarms(AlarmNames=settings.deployment_alarm_names)[
            "MetricAlarms"
        ]
        server = self.endpoint.serve()
        self.runtime = boto3.client(
            "sagemaker-runtime", endpoint_url=f"http://127.0.0.1:{server.server_port}", config=config
        )
        self.registry = Registry(self.sagemaker, self.s3, settings)
        plan = Plan(rate=3, answers=20, shortest_seconds=2, longest_seconds=120, poll_seconds=0.5, timeout_seconds=60)
        self.deployment = Deployment(self.sagemaker, self.cloudwatch, self.registry, settings, plan, say, self.clock)
        self.years: dict[int, list[dict[str, Any]]] = {}
        self.sent: dict[str, datetime] = {}
        with given.claims.open(encoding="utf-8") as lines:
            for line in lines:
                item = json.loads(line)
                self.years.setdefault(int(item["date"][:4]), []).append(item)
        self.began, self.year = datetime.now(UTC), 2007
        self.endpoint.now = self.clock
        # Executions of an earlier story.
        self.before = self.pipelines() | set(self.executions(set()))

    def clock(self) -> datetime:
        return datetime.now(UTC) + (self.year - 2007) * YEAR

    def clear(self) -> None:
        """Forget an earlier story: its captures, its packages, and what it deployed."""
        name, artifacts = self.settings.endpoint_name, self.settings.artifacts_bucket_name
        for bucket in (self.settings.captures_bucket_name, artifacts):
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for item in page.get("Contents", []):
                    self.s3.delete_object(Bucket=bucket, Key=item["Key"])
        for item in self.registry.packages():
            self.sagemaker.delete_model_package(ModelPackageName=item["ModelPackageArn"])
        for item in self.sagemaker.list_models(NameContains=f"{self.settings.name}-v")["Models"]:
            if item["ModelName"] != f"{self.settings.name}-v1":
                self.sagemaker.delete_model(ModelName=item["ModelName"])
        self.sagemaker.update_endpoint(
            EndpointName=name, EndpointConfigName=f"{self.settings.name}-v1", RetainDeploymentConfig=True
        )

    def upload(self, *years: int) -> Path:
        """Have labelled claims arrive; return the folder that holds them."""
        folder = self.scratch / "claims"
        folder.mkdir(exist_ok=True)
        for year in years:
            path = folder / f"{year}.jsonl"
            path.write_text("".join(json.dumps(item) + "\n" for item in self.years[year]), encoding="utf-8")
            self.s3.upload_file(str(path), self.settings.artifacts_bucket_name, f"claims/{year}.jsonl")
        return folder

    def objects(self) -> list[dict[str, Any]]:
        return self.s3.list_objects_v2(Bucket=self.settings.artifacts_bucket_name).get("Contents", [])

    def ask(self, body: bytes, kind: str, identity: str = "one") -> tuple[int, bytes]:
        try:
            answer = self.runtime.invoke_endpoint(
                EndpointName=self.settings.endpoint_name, ContentType=kind, Accept=kind, Body=body, InferenceId=identity
            )
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"], b""
        return 200, answer["Body"].read()

    def send(self, year: int, kinds: Sequence[str] = KINDS) -> list[int]:
        """Send each claim of a year once, several at a time; return the statuses."""

        def one(numbered: tuple[int, dict[str, Any]]) -> int:
            number, item = numbered
            self.sent[item["id"]] = self.clock()
            kind = kinds[number % len(kinds)]
            cells = ("" if value is None else str(value) for value in item["claim"].values())
            # A value may hold a comma.
            row = ",".join(f'"{cell}"' for cell in cells)
            body = row if kind == "text/csv" else json.dumps(item["claim"])
            return self.ask(body.encode(), kind, item["id"])[0]

        with ThreadPoolExecutor(AT_A_TIME) as pool:
            return list(pool.map(one, enumerate(self.years[year])))

    def served(self) -> str:
        """Return the version that answers."""
        return json.loads(self.ask(json.dumps(self.years[2008][0]["claim"]).encode(), JSON)[1])["model_version"]

    def monitor(self, *words: str) -> tuple[int, dict[str, Any], str]:
        """Run the monitor as the schedule does, at the story's time; return its report."""
        captures, artifacts = self.settings.captures_bucket_name, self.settings.artifacts_bucket_name
        done = subprocess.run(  # noqa: S603 our own module
            [
                *(sys.executable, "-m", "monitor", "--model", self.settings.name),
                *("--captures", f"s3://{captures}/captures/{self.settings.endpoint_name}/"),
                *("--outcomes", f"s3://{captures}/outcomes/"),
                *("--baseline", f"s3://{artifacts}/baselines/{self.settings.name}.json"),
                *("--reports", f"s3://{captures}/reports/", "--claims", f"s3://{artifacts}/claims/"),
                *("--until", self.clock().isoformat(), *words),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        said = (done.stderr.strip().splitlines() or [""])[-1]
        return done.returncode, json.loads(done.stdout or "{}"), said

    def rings(self, name: str) -> bool:
        """Tell whether a monitor's alarm is breached by its newest metric, as CloudWatch would."""
        alarm = self.cloudwatch.describe_alarms(AlarmNames=[f"{self.settings.name}-{name}"])["MetricAlarms"][0]
        points = self.cloudwatch.get_metric_statistics(
            **{key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")},
            StartTime=self.began - timedelta(minutes=1),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=1,
            Statistics=["Maximum"],
        )["Datapoints"]
        if not points:
            return alarm["TreatMissingData"] == "breaching"
        value = max(points, key=lambda point: point["Timestamp"])["Maximum"]
        compare = {
            "GreaterThanThreshold": value > alarm["Threshold"],
            "GreaterThanOrEqualToThreshold": value >= alarm["Threshold"],
            "LessThanThreshold": value < alarm["Threshold"],
        }
        return compare[alarm["ComparisonOperator"]]

    def outcomes(self, year: int) -> None:
        """The costs of a year become known, now."""
        lines = (
            json.dumps({"inferenceId": name, "cost": max(item["cost"], 0), "predictedAt": self.sent[name].isoformat()})
            for item in self.years[year]
            for name in [item["id"]]
        )
        key = f"outcomes/{self.clock():%Y/%m/%d/%H}/{year}.jsonl"
        body = "".join(line + "\n" for line in lines).encode()
        self.s3.put_object(Bucket=self.settings.captures_bucket_name, Key=key, Body=body)

    def executions(self, before: set[str]) -> list[str]:
        machine = self.settings.state_machine_arn
        listed = self.clients["stepfunctions"].list_executions(stateMachineArn=machine)["executions"]
        return [item["executionArn"] for item in listed if item["executionArn"] not in before]

    def pipelines(self) -> set[str]:
        try:
            listed = self.sagemaker.list_pipeline_executions(PipelineName=self.settings.name)
        except ClientError:
            return set()
        return {item["PipelineExecutionArn"] for item in listed["PipelineExecutionSummaries"]}

    def until(self, found: Callable[[], Any], seconds: float = 30) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not found():
            time.sleep(0.2)
        return found()

    def pipeline(self, execution: str, folder: str) -> tuple[str | None, dict[str, Any]]:
        run = Run.of(self.sagemaker, self.s3, execution, docker=self.docker, scratch=self.scratch / folder, say=say)
        package = run.all()
        path = self.scratch / folder / "Evaluate" / "processing" / "evaluation" / "evaluation.json"
        return package, json.loads(path.read_bytes())

    def finish(self, execution: str, seconds: float = 30) -> dict[str, Any]:
        describe = self.clients["stepfunctions"].describe_execution
        self.until(lambda: describe(executionArn=execution)["status"] != "RUNNING", seconds)
        found = describe(executionArn=execution)
        return json.loads(found["output"]) if found["status"] == "SUCCEEDED" else found

    @contextmanager
    def load(self) -> Iterator[list[int]]:
        """Send claims until the end of the block."""
        statuses: list[int] = []
        over = threading.Event()

        def run() -> None:
            while not over.is_set():
                statuses.extend(self.send(2012, [JSON]))

        thread = threading.Thread(target=run)
        with self.endpoint.watched():
            thread.start()
            try:
                yield statuses
            finally:
                over.set()
                thread.join()

    def endpoint_state(self) -> tuple[dict[str, float], dict[str, int], str]:
        found = self.sagemaker.describe_endpoint(EndpointName=self.settings.endpoint_name)
        variants = found["ProductionVariants"]
        weights = {item["VariantName"]: item["CurrentWeight"] for item in variants}
        counts = {item["VariantName"]: item["CurrentInstanceCount"] for item in variants}
        return weights, counts, found["EndpointConfigName"]
