"""The whole loop on this machine: prints a line of JSON for each assertion.

Trains on the claims of the early years, seeds, serves and captures; lets the years pass until the monitor finds drift;
retrains, releases by a canary, refuses a bad model, stops a bad canary, rolls back.

{"say": "…"}  {"text": "…", "holds": true, "seen": "…"}  {"text": "…", "skipped": "why"}
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from monitor.__main__ import event
from story.containers import Container, Docker, NotServing, network
from story.endpoint import Endpoint
from story.image import Registry as ImageRegistry
from story.image import as_oci, changed, script
from story.runner import Run, StepFailed, pack, transform
from workflow import transform as jobs
from workflow.__main__ import publish
from workflow.definition import package
from workflow.deployment import Bad, Deployment, Plan
from workflow.registry import Registry
from workflow.settings import Problem, Settings

KINDS = ("application/json", "text/csv", "application/jsonlines")
JSON = KINDS[0]
AT_A_TIME = 8
# One year of claims passes in a month of the story's clock.
YEAR = timedelta(days=30)
Claim = dict[str, Any]


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


class Story:
    """One run."""

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

    def run(self) -> None:
        self.clear()
        with ImageRegistry(self.scratch) as address:
            self.seed(address)
        self.endpoint.refresh()
        self.contract()
        self.blind()
        self.quiet()
        self.batch()
        package = self.retrain(self.drift())
        self.release(package)
        self.gate()
        self.bad_canary()
        self.roll_back()
        self.broken()
        self.cool_down()

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

    def seed(self, address: str) -> None:
        """One command fills a new stack: images pushed, version 1 registered, champion and baseline in place."""
        repository, folder = f"{address}/claims-model", self.upload(*range(2003, 2008))
        words = ["--outputs", str(self.given.outputs), "--claims", str(folder), "--repository", repository]
        words += ["--serve-image", self.given.image, "--jobs-image", self.docker.jobs]
        code, output, messages = script(self.docker, "seed.sh", *words)
        claim("seed.sh trains version 1, pushes both images and registers the model", code == 0, output or messages[-1])
        types = [line for line in messages if line == "push: application/vnd.docker.distribution.manifest.v2+json"]
        claim("both images have a manifest that SageMaker takes", len(types) == 2, types)
        tags = dict(re.findall(r'(\w+) += "(.+)"', output))
        keys = {item["Key"] for item in self.objects()}
        wanted = {"models/champion/model.tar.gz", f"baselines/{self.settings.name}.json", "models/v1/model.tar.gz"}
        claim("champion and baseline are in place", wanted <= keys, sorted(wanted & keys))
        code, _, messages = script(self.docker, "seed.sh", *words)
        claim("a second seed is refused", code == 1 and "has models already" in messages[-1], messages[-1])
        as_oci(address, "claims-model", tags["image_tag"], f"oci-{tags['image_tag']}")
        push = ["push.sh", "--image", "claims-serve:seed", "--repository", repository]
        code, _, messages = script(self.docker, *push, "--prefix", "oci-")
        claim("OCI's manifest is refused", code == 1 and "which SageMaker refuses" in messages[-1], messages[-1])
        changed(self.docker, "claims-serve:seed", f"{repository}:changed")
        code, _, messages = script(self.docker, *push[:2], f"{repository}:changed", *push[3:])
        claim("another image under the same version is refused", code == 1 and "content" in messages[-1], messages[-1])
        names = self.docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={address}/*")
        self.docker("rmi", "--force", *set(names.split()))
        publish(self.sagemaker, self.settings, tags["image_tag"], tags["jobs_tag"])
        first = self.registry.packages()[0]["ModelPackageArn"]
        self.registry.decide(first, approved=True, who="the story", why="the first model")

    def objects(self) -> list[dict[str, Any]]:
        return self.s3.list_objects_v2(Bucket=self.settings.artifacts_bucket_name).get("Contents", [])

    def contract(self) -> None:
        """A container's duties to SageMaker, tried through the endpoint."""
        whole = json.dumps(self.years[2008][0]["claim"]).encode()
        for text, body, kind, wanted in (
            ("a wrong content type is refused", whole, "text/xml", 415),
            ("an invalid claim is refused", b'{"name": "x"}', JSON, 422),
            ("a body over the limit is refused", b" " * (2 << 20) + whole, JSON, 413),
            ("a hundred claims in one request are answered", b"[" + b",".join([whole] * 100) + b"]", JSON, 200),
        ):
            seen = self.ask(body, kind)[0]
            claim(text, seen == wanted, seen)

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

    def blind(self) -> None:
        code, report, said = self.monitor()
        claim("missing captures are reported and are no pass", code == 3 and not report["reason"], said)
        claim("missing captures ring the alarm blind", self.rings("blind"), "RecordsJudged 0")

    def quiet(self) -> None:
        """2008: claims as in the years before."""
        self.year = 2008
        statuses = self.send(2008)
        claim(f"{len(statuses)} requests in three content types are answered", set(statuses) == {200}, set(statuses))
        self.endpoint.flush()
        code, report, said = self.monitor()
        claim("2008: no drift", code == 0 and not report["drifted"] and not self.rings("drift"), report or said)
        claim("captures end the alarm blind", not self.rings("blind"), f"{report['records']} claims judged")

    def batch(self) -> None:
        """The same claims by a batch transform job; the monitor judges its results."""
        name, bucket = f"{self.settings.name}-{int(time.time())}", self.settings.artifacts_bucket_name
        good = [{"id": item["id"], "claim": item["claim"]} for item in self.years[2008]]
        for key, lines in (("good", good), ("bad", [*good[:5], {"id": "6", "claim": {"name": "x"}}])):
            text = "".join(json.dumps(line) + "\n" for line in lines)
            self.s3.put_object(Bucket=bucket, Key=f"batch/{key}/claims.jsonl", Body=text.encode())
        container = self.endpoint.containers["blue"]

        def score(key: str) -> str:
            job = f"{name}-{key}"
            results = jobs.start(self.sagemaker, self.registry, self.settings, f"s3://{bucket}/batch/{key}/", job)
            answered = transform(self.sagemaker, self.s3, job, container)
            jobs.finish(self.sagemaker, job)
            claim("a batch transform job scores claims without an endpoint", answered == len(good), answered)
            return results

        code, report, said = self.monitor("--results", score("good"))
        claim("its results are judged, and are no drift", code == 0 and not report["drifted"], report or said)
        refused("an invalid line fails the job", StepFailed, "422", lambda: score("bad"))

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

    def drift(self) -> dict[str, Any]:
        """2012: claims are recorded in another way, the costs of 2008 are known, and labelled claims arrived."""
        self.year = 2012
        self.outcomes(2008)
        self.upload(*range(2008, 2013))
        self.send(2012)
        self.endpoint.flush()
        _, report, said = self.monitor()
        claim("2012: Main_driver drifted", "Main_driver" in report["drifted"], report or said)
        claim("the alarm drift rings", self.rings("drift"), report["drifted"])
        ratio = report["quality"].get("ratio", 0)
        claim("known costs show that predictions are worse", ratio > 1.1 and self.rings("quality"), report["quality"])
        records = len(self.years[2012])
        claim(
            "the window holds the year's claims alone", report["records"] == records, f"{report['records']}, {records}"
        )
        return report

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

    def retrain(self, report: dict[str, Any]) -> str:
        """The event starts the pipeline once; its definition runs on the claims that arrived."""
        pattern = self.clients["events"].describe_rule(Name=self.settings.drift_rule_name)["EventPattern"]
        claims = f"s3://{self.settings.artifacts_bucket_name}/claims/"
        other = event("another-model", report["reason"], claims, report["report"])
        full = {"source": other["Source"], "detail-type": other["DetailType"], "detail": json.loads(other["Detail"])}
        full["account"] = self.settings.pipeline_role_arn.split(":")[4]
        taken = self.clients["events"].test_event_pattern(EventPattern=pattern, Event=json.dumps(full))["Result"]
        claim("the rule ignores another model's drift", not taken, taken)
        started = self.executions(self.before)
        claim("the monitor's event starts retraining", len(started) == 1, started)
        self.first = started[0]
        new = self.until(lambda: self.pipelines() - self.before)
        again = event(self.settings.name, report["reason"], claims, report["report"])
        self.clients["events"].put_events(Entries=[again])
        (second,) = set(self.executions(self.before)) - set(started)
        output = self.finish(second)
        claim("a second event starts nothing while the first runs", output.get("started") is False, output)
        claim("the pipeline was started once", len(new) == 1, len(new))
        package, evaluation = self.pipeline(new.pop(), "run")
        ratio = evaluation["regression_metrics"]["deviance_ratio"]["value"]
        claim("the challenger beats the champion on the newest labelled window", ratio <= 0.98, evaluation)
        claim("the window is the last 365 days, which the model does not know", evaluation["claims"] == 828, evaluation)
        claim("it is registered and waits for approval", package is not None, package)
        return package or ""

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

    def release(self, package: str) -> None:
        """Version 2: not without approval; then a tenth, a half, all requests."""
        refused("an unapproved model is not deployed", Problem, "Pending", lambda: self.deployment.run(package))
        self.registry.decide(package, approved=True, who="the story", why="its evaluation beats the champion's")
        slow = replace(self.deployment, plan=Plan(rate=0.01))
        refused("a canary that cannot pass is not begun", Problem, "shadow", lambda: slow.run(package))
        # Autoscaling added a machine.
        self.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=self.settings.endpoint_name,
            DesiredWeightsAndCapacities=[{"VariantName": "blue", "DesiredInstanceCount": 3}],
        )
        before = self.endpoint_state()
        with self.load() as statuses:
            self.deployment.run(package)
        weights, counts, configuration = self.endpoint_state()
        claim("version 2 has all requests", weights == {"blue": 0, "green": 1}, weights)
        claim("no request fails in a deployment", set(statuses) == {200}, f"{len(statuses)} answered")
        claim("a machine that autoscaling added stays", counts["blue"] == 3, f"{before[1]}, then {counts}")
        known = self.sagemaker.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
        names = {item["EndpointConfigName"] for item in known}
        claim("the configuration before is kept", {before[2], configuration} <= names, sorted(names))
        self.endpoint.refresh()
        wanted = json.loads((self.endpoint.model(f"{self.settings.name}-v2") / "model.json").read_bytes())["version"]
        seen = self.served()
        claim("the retrained model serves", seen == wanted, seen)
        self.year = 2013
        self.endpoint.flush()
        code, report, said = self.monitor()
        claim("captures of the years before are not judged again", code == 3 and not report["reason"], said)
        self.send(2013)
        self.endpoint.flush()
        _, report, said = self.monitor()
        calm = "Main_driver" not in report["drifted"] and report["version"] == 2
        claim("2013: Main_driver is not drift for version 2", calm, report or said)

    def gate(self) -> None:
        """Claims arrive whose costs belong to other claims: a model of them is refused."""
        costs = [item["cost"] for item in self.years[2012]]
        spoilt = [item | {"cost": cost} for item, cost in zip(self.years[2012], reversed(costs), strict=True)]
        self.years[2012] = spoilt
        self.upload(2012, 2013)
        execution = self.sagemaker.start_pipeline_execution(PipelineName=self.settings.name)["PipelineExecutionArn"]
        known = len(self.registry.packages())
        try:
            package, evaluation = self.pipeline(execution, "spoilt")
            seen: object = evaluation["regression_metrics"]["deviance_ratio"]["value"]
        except StepFailed as reason:
            package, seen = None, reason
        claim("the gate refuses a worse model", package is None, seen)
        claim("nothing is registered", len(self.registry.packages()) == known, known)
        refusal = "nothing to compare on"
        self.s3.delete_object(Bucket=self.settings.artifacts_bucket_name, Key="claims/2013.jsonl")
        self.s3.delete_object(Bucket=self.settings.artifacts_bucket_name, Key="claims/2012.jsonl")
        execution = self.sagemaker.start_pipeline_execution(PipelineName=self.settings.name)["PipelineExecutionArn"]
        text = "without new claims there is no retraining"
        refused(text, StepFailed, refusal, lambda: self.pipeline(execution, "stale"))

    def bad_canary(self) -> None:
        """Version 3 passes /ping and fails at every claim."""
        folder = self.scratch / "bad"
        shutil.copytree(self.endpoint.model(f"{self.settings.name}-v2"), folder)
        (folder / "model.tar.gz").unlink()
        # A model of another width, with the right checksum: it loads, and no claim fits it.
        code = (
            "import hashlib, json, onnx; from onnx import helper as h; f = onnx.TensorProto.FLOAT;"
            "g = h.make_graph([h.make_node('Identity', ['features'], ['cost'])], 'bad',"
            "[h.make_tensor_value_info('features', f, [None, 5])], [h.make_tensor_value_info('cost', f, [None, 5])]);"
            "b = h.make_model(g, opset_imports=[h.make_opsetid('', 15)], ir_version=8).SerializeToString();"
            "open('/bad/model.onnx', 'wb').write(b); d = json.load(open('/bad/model.json'));"
            "d['onnx']['sha256'] = hashlib.sha256(b).hexdigest(); d['version'] = '9.9.9-bad00000';"
            "json.dump(d, open('/bad/model.json', 'w'))"
        )
        made = self.docker.job({folder: "/bad"}, ["python3", "-c", code])
        pack(folder, self.scratch / "bad.tar.gz")
        bucket = self.settings.artifacts_bucket_name
        self.s3.upload_file(str(self.scratch / "bad.tar.gz"), bucket, "runs/bad/model.tar.gz")
        like = self.registry.describe(self.registry.champion()["package"])
        request = package(
            self.settings,
            like["InferenceSpecification"]["Containers"][0]["Image"],
            f"s3://{bucket}/runs/bad/model.tar.gz",
            like["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"],
            like["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"],
        )
        arn = self.sagemaker.create_model_package(**request)["ModelPackageArn"]
        self.registry.decide(arn, approved=True, who="the story", why="by mistake")
        before = self.registry.champion()
        with self.load() as statuses:
            text = "errors of a bad canary ring, and all requests go back"
            refused(
                text,
                Bad,
                "green-errors" if before["variant"] == "blue" else "blue-errors",
                lambda: self.deployment.run(arn),
            )
            weights, _, _ = self.endpoint_state()
        claim("the champion has all requests again", weights[before["variant"]] == 1, (weights, made))
        share = sum(status != 200 for status in statuses) / len(statuses)
        claim("the canary's share bounds the damage", 0 < share < 0.3, f"{share:.1%} of {len(statuses)} failed")
        claim("champion and baseline are unchanged", self.registry.champion() == before, before["version"])
        status = self.registry.describe(arn)
        claim(
            "the bad version is withdrawn", status["ModelApprovalStatus"] == "Rejected", status["ApprovalDescription"]
        )
        refused("a withdrawn version is not deployed", Problem, "Rejected", lambda: self.deployment.run(arn))

    def roll_back(self) -> None:
        """Back to version 1 at once: the standby has its machines."""
        self.endpoint.refresh()
        served, containers = self.served(), {item.id for item in self.endpoint.containers.values()}
        began = time.monotonic()
        self.deployment.roll_back("reserves are too low")
        took = time.monotonic() - began
        self.endpoint.refresh()
        first = json.loads((self.endpoint.model(f"{self.settings.name}-v1") / "model.json").read_bytes())["version"]
        seen = self.served()
        claim("one command brings version 1 back", seen == first != served, f"{seen} in {took:.1f} s")
        claim("no machine starts for it", {item.id for item in self.endpoint.containers.values()} == containers, "")
        record = self.registry.champion()
        claim(
            "the baseline is version 1's again", record["version"] == 1 and record["variant"] == "blue", record["since"]
        )
        states = {item["ModelPackageVersion"]: item["ModelApprovalStatus"] for item in self.registry.packages()}
        wanted = {1: "Approved", 2: "Rejected", 3: "Rejected"}
        claim("the registry says so", states == wanted, states)
        refused("a second rollback has nothing to go back to", Problem, "", lambda: self.deployment.roll_back("again"))

    def broken(self) -> None:
        """A model that fails /ping never serves; a container that is stopped finishes its requests."""
        bad = self.scratch / "broken"
        shutil.copytree(self.endpoint.model(f"{self.settings.name}-v1"), bad)
        (bad / "model.onnx").write_bytes(b"not a model")
        text = "a model that fails /ping does not serve"
        refused(text, NotServing, "", lambda: Container.start(self.docker, bad, start_seconds=20).remove())
        code, took = self.endpoint.containers.pop("blue").stop()
        claim("SIGTERM ends the container within thirty seconds", code == 0 and took < 30, f"{code}, {took:.1f} s")

    def cool_down(self) -> None:
        """The lock is kept for the cool-down, and is free after it."""
        output = self.finish(self.first, seconds=120)
        claim("the first event's execution succeeds after its cool-down", output.get("started") is True, output)
        item = self.clients["dynamodb"].get_item(TableName=self.settings.lock_table_name, Key={"id": {"S": "lock"}})
        claim("after the cool-down the lock is free", "Item" not in item, item.get("Item", "free"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="story", description=__doc__.partition("\n")[0])
    parser.add_argument("--outputs", type=Path, required=True, help="Terraform's outputs as JSON")
    parser.add_argument("--docker", required=True, help="the docker program; DOCKER_HOST names its engine")
    parser.add_argument("--image", required=True, help="the claims model's image")
    parser.add_argument("--jobs-image", required=True, help="the jobs' image")
    parser.add_argument("--claims", type=Path, required=True, help="labelled claims to 2013, as convert.py writes")
    parser.add_argument("--label", required=True, help="KEY=VALUE for the containers")
    given = parser.parse_args()
    if shutil.which("docker-registry") is None:
        reason = "docker-registry is not installed: apt-get install docker-registry"
        print(json.dumps({"text": "the loop from training to rollback", "skipped": reason}), flush=True)
        return 0
    docker = Docker(given.docker, given.label, given.image, given.jobs_image)
    # Jobs write as root.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, network(docker) as own:
        scratch = Path(folder)
        # The container's user reads the models.
        scratch.chmod(0o755)
        story = Story(Settings.read(given.outputs), given, replace(docker, network=own), scratch)
        try:
            story.run()
        finally:
            story.endpoint.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
