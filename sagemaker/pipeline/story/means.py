"""What the parts of the story share: clients, the endpoint, and how claims, outcomes and executions are had."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from story.containers import Docker
from story.endpoint import Endpoint
from story.told import say
from story.watcher import Watcher
from workflow.deployment import Deployment, Plan
from workflow.settings import Problem, Settings

# As small as a judgement of every segment allows.
CLAIMS = 20_000


class Means:
    """One run."""

    def __init__(self, settings: Settings, docker: Docker, python: str, version: str, scratch: Path) -> None:
        self.settings, self.docker, self.version, self.scratch = settings, docker, version, scratch
        folder = Path(__file__).parents[1]
        self.environment = {"PYTHONPATH": f"{folder}:{folder.parent / 'claims-model'}", "PYTHONDONTWRITEBYTECODE": "1"}
        self.python = [python, "-W", "ignore"]
        config = Config(retries={"max_attempts": 1}, max_pool_connections=20)
        services = ("sagemaker", "s3", "cloudwatch", "events", "stepfunctions", "dynamodb")
        self.clients: dict[str, Any] = {name: boto3.client(name, config=config) for name in services}
        self.endpoint = Endpoint(self.clients, settings.endpoint_name, docker, scratch / "models")
        server = self.endpoint.serve()
        self.runtime = boto3.client(
            "sagemaker-runtime", endpoint_url=f"http://127.0.0.1:{server.server_port}", config=config
        )
        # Executions of an earlier story.
        self.before: set[str] = set()
        self.deployment = Deployment(
            self.clients["sagemaker"],
            self.clients["cloudwatch"],
            self.clients["s3"],
            settings,
            Plan(bake_seconds=4, poll_seconds=0.5, minimum_answers=10, patience_seconds=120, timeout_seconds=60),
            say=say,
        )

    def invent(self, name: str, seed: int, changed: bool = False) -> Path:
        out = self.scratch / f"{name}.jsonl"
        words = ["-m", "story.claims", "--count", str(CLAIMS), "--seed", str(seed), "--out", str(out)]
        self.run(words + (["--changed"] if changed else []))
        return out

    def step(self, name: str, *words: str) -> str:
        return self.run(["-m", f"steps.{name}", *words])

    def run(self, words: list[str]) -> str:
        done = subprocess.run(  # noqa: S603 our own modules
            self.python + words, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Problem(f"{words[1]}: {done.stderr.strip().splitlines()[-1:]}")
        return done.stdout

    def monitor(self, *words: str) -> tuple[int, str]:
        captures, artifacts = self.settings.captures_bucket_name, self.settings.artifacts_bucket_name
        done = subprocess.run(  # noqa: S603 our own module, with what the schedule gives it
            [
                *(sys.executable, "-m", "monitor", "--model", self.settings.name),
                *("--captures", f"s3://{captures}/captures/{self.settings.endpoint_name}/"),
                *("--outcomes", f"s3://{captures}/outcomes/"),
                *("--baseline", f"s3://{artifacts}/baselines/{self.settings.name}.json"),
                *("--reports", f"s3://{captures}/reports/"),
                *("--claims", f"s3://{artifacts}/claims/changed/"),
                *words,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        said = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
        return done.returncode, said[-1] if said else "it said nothing"

    def records(self, path: Path, count: int) -> list[tuple[str, dict[str, Any]]]:
        found = []
        with path.open(encoding="utf-8") as lines:
            for line, _ in zip(lines, range(count), strict=False):
                record = json.loads(line)
                identity = record.pop("id")
                del record["cost"]
                found.append((identity, record))
        return found

    def outcomes(self, path: Path, count: int) -> None:
        """Costs become known."""
        with path.open(encoding="utf-8") as lines:
            known = [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
        text = "".join(json.dumps({"inferenceId": item["id"], "cost": item["cost"]}) + "\n" for item in known)
        self.clients["s3"].put_object(
            Bucket=self.settings.captures_bucket_name, Key=f"outcomes/{path.stem}.jsonl", Body=text.encode()
        )

    def executions(self) -> list[str]:
        """Return the retrainings that this story started."""
        machine = self.settings.state_machine_arn
        listed = self.clients["stepfunctions"].list_executions(stateMachineArn=machine)["executions"]
        return [item["executionArn"] for item in listed if item["executionArn"] not in self.before]

    def finish(self, execution: str, seconds: float = 30) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.clients["stepfunctions"].describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return json.loads(found.get("output", "{}")) if found["status"] == "SUCCEEDED" else found
            time.sleep(0.2)
        return {"status": "still running"}

    def await_pipeline(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end and not self.pipelines() - self.before:
            time.sleep(0.2)

    def pipelines(self) -> set[str]:
        listed = self.clients["sagemaker"].list_pipeline_executions(PipelineName=self.settings.name)
        return {item["PipelineExecutionArn"] for item in listed["PipelineExecutionSummaries"]}

    def weights(self) -> dict[str, float]:
        endpoint = self.clients["sagemaker"].describe_endpoint(EndpointName=self.settings.endpoint_name)
        return {item["VariantName"]: item["CurrentWeight"] for item in endpoint["ProductionVariants"]}

    def watched(self) -> Watcher:
        return Watcher(self.endpoint)
