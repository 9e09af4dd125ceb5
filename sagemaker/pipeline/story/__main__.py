"""From training to rollback, in one command; prints a line of JSON for each thing that must hold.

{"say": "…"}  {"text": "…", "holds": true, "seen": "…"}  {"text": "…", "skipped": "why"}
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from monitor.__main__ import event
from story import batch
from story.containers import Container, Docker, NotServing, network
from story.endpoint import Endpoint
from story.image import Registry, changed, is_digest, push
from story.load import Steady, send
from story.runner import Run, pack
from workflow import registry, transform
from workflow.__main__ import publish
from workflow.deployment import Deployment, Plan, RolledBack
from workflow.settings import Problem, Settings

KINDS = ("application/json", "text/csv", "application/jsonlines")
# As small as a judgement of every segment allows.
CLAIMS = 20_000
REQUESTS = 600


def say(text: str) -> None:
    print(json.dumps({"say": text}), flush=True)


def claim(text: str, holds: bool, seen: object) -> None:
    print(json.dumps({"text": text, "holds": bool(holds), "seen": str(seen)}), flush=True)


class Story:
    """One run, with what its parts share."""

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

    # Parts of the story

    def begin(self) -> None:
        """Train the first champion, put it where Terraform's model looks, and have it serve."""
        for prefix in ("captures/", "outcomes/"):
            # What an earlier story left would be judged with this one's.
            listed = self.clients["s3"].list_objects_v2(Bucket=self.settings.captures_bucket_name, Prefix=prefix)
            for item in listed.get("Contents", []):
                self.clients["s3"].delete_object(Bucket=self.settings.captures_bucket_name, Key=item["Key"])
        claims = self.invent("claims", seed=1)
        source, work = self.scratch / "first", self.scratch / "first-work"
        source.mkdir()
        claims.rename(source / "claims.jsonl")
        words = ["--claims", str(source)]
        for name in ("train", "holdout", "baseline"):
            words += [f"--{name}", str(work / name)]
        self.step("process", *words)
        began = time.monotonic()
        self.step("train", "--train", str(work / "train"), "--model", str(work / "model"))
        took = time.monotonic() - began
        description = json.loads((work / "model" / "model.json").read_bytes())
        say(f"trained {description['version']} in {took:.1f} s")
        pack(work / "model", work / "model.tar.gz")
        bucket = self.settings.artifacts_bucket_name
        deviance = description["metrics"]["overall"]["model"]["gamma_deviance"]
        baseline = json.loads((work / "baseline" / "baseline.json").read_bytes()) | {"deviance": deviance}
        for key in (f"models/{self.version}/model.tar.gz", "models/champion/model.tar.gz"):
            self.clients["s3"].upload_file(str(work / "model.tar.gz"), bucket, key)
        self.clients["s3"].put_object(
            Bucket=bucket, Key=f"baselines/{self.settings.name}.json", Body=json.dumps(baseline).encode()
        )
        publish(self.clients["sagemaker"], self.settings, self.version)
        began = time.monotonic()
        self.endpoint.refresh()
        took = time.monotonic() - began
        claim("the container passes /ping within SageMaker's eight minutes", took < 480, f"{took:.1f} s")

    def contract(self) -> None:
        """What a container owes SageMaker, tried through the endpoint."""
        _, one = self.records(self.scratch / "first" / "claims.jsonl", 1)[0]
        name = self.settings.endpoint_name

        def status(body: bytes, kind: str) -> int:
            try:
                answer = self.runtime.invoke_endpoint(EndpointName=name, ContentType=kind, Body=body)
            except ClientError as error:
                return error.response["ResponseMetadata"]["HTTPStatusCode"]
            answer["Body"].read()
            return 200

        whole = json.dumps(one).encode()
        for text, body, kind, wanted in (
            ("a wrong content type is refused", whole, "text/xml", 415),
            ("what is no claim is refused", b'{"name": "x"}', KINDS[0], 422),
            ("a body over its limit is refused", b" " * (2 << 20) + whole, KINDS[0], 413),
            ("a hundred claims in one request are answered", json.dumps([one] * 100).encode(), KINDS[0], 200),
        ):
            seen = status(body, kind)
            claim(text, seen == wanted, seen)

    def image(self) -> None:
        """Pushed under a tag that does not move, and pulled back the same."""
        text = "the image is pushed, pulled back and the same"
        try:
            with Registry(self.scratch) as address:
                repository = f"{address}/claims-model"
                sbom = self.scratch / "sbom.json"
                code, digest, said = push(self.docker, self.docker.image, repository, sbom)
                held = self.docker("image", "inspect", "--format", "{{.Id}}", self.docker.image)
                claim("push.sh scans, lists and pushes the image", code == 0 and is_digest(digest), digest or said)
                parts = json.loads(sbom.read_bytes()).get("components", []) if code == 0 else []
                claim("its bill of materials names what is in it", len(parts) > 10, f"{len(parts)} components")
                if code == 0:
                    self.docker("rmi", digest)
                    self.docker("pull", "--quiet", digest)
                    pulled = self.docker("image", "inspect", "--format", "{{.Id}}", digest)
                    claim(text, pulled == held, pulled)
                    self.docker("rmi", digest)
                other = f"{repository}-changed:1"
                changed(self.docker, other)
                code, _, said = push(self.docker, other, repository)
                claim("another image under the same version is refused", code == 1 and "other content" in said, said)
                names = self.docker(
                    "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={address}/*"
                )
                self.docker("rmi", *names.split())
        except NotServing as reason:
            print(json.dumps({"text": text, "skipped": str(reason)}), flush=True)

    def blind(self) -> None:
        """A monitor without captures says so."""
        code, said = self.monitor()
        claim("captured data that is missing is said, and is no pass", code == 3, said)

    def usual(self) -> None:
        """Claims as the model knows them."""
        records = self.records(self.scratch / "first" / "claims.jsonl", REQUESTS)
        statuses = send(self.runtime, self.settings.endpoint_name, records, KINDS)
        claim(
            f"{REQUESTS} requests in three content types, eight at a time, are answered",
            set(statuses) == {200},
            sorted(set(statuses)),
        )
        self.endpoint.flush()
        self.outcomes(self.scratch / "first" / "claims.jsonl", REQUESTS)
        code, said = self.monitor()
        report = json.loads(said) if code == 0 else {}
        claim("the same claims as in training are no drift", code == 0 and report.get("reason") is None, said)

    def batch(self) -> None:
        """The same claims by a batch transform job: its results are judged as the endpoint's are."""
        name, bucket = f"{self.settings.name}-night", self.settings.artifacts_bucket_name
        records = self.records(self.scratch / "first" / "claims.jsonl", REQUESTS)
        for key, lines in (("good", records), ("bad", [*records[:5], ("6", {"name": "x"})])):
            text = "".join(json.dumps({"id": identity, "claim": claim}) + "\n" for identity, claim in lines)
            self.clients["s3"].put_object(Bucket=bucket, Key=f"batch/{key}/claims.jsonl", Body=text.encode())
        sagemaker, container = self.clients["sagemaker"], self.endpoint.containers["champion"]
        results = transform.start(sagemaker, self.settings, f"s3://{bucket}/batch/good/", name)
        answered = batch.run(sagemaker, self.clients["s3"], name, container)
        claim("a batch transform job scores claims with no endpoint", answered == REQUESTS, f"{answered} at {results}")
        code, said = self.monitor("--captures", results)
        quality = json.loads(said).get("reason") if code == 0 else said
        claim("what it wrote is judged, and is no drift", code == 0 and quality is None, said)
        transform.start(sagemaker, self.settings, f"s3://{bucket}/batch/bad/", f"{name}-bad")
        try:
            batch.run(sagemaker, self.clients["s3"], f"{name}-bad", container)
            claim("a line that is no claim fails the job", False, "it ended well")
        except ValueError as reason:
            claim("a line that is no claim fails the job", "422" in str(reason), reason)

    def changed(self) -> dict[str, Any]:
        """Claims as they become: the monitor notices, and its event is taken once."""
        after = self.invent("changed", seed=2, changed=True)
        records = self.records(after, REQUESTS)
        bucket = self.settings.artifacts_bucket_name
        self.clients["s3"].upload_file(str(after), bucket, "claims/changed/claims.jsonl")
        since = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        time.sleep(1)  # S3 keeps times by the second.
        send(self.runtime, self.settings.endpoint_name, records, KINDS)
        self.endpoint.flush()
        self.outcomes(after, REQUESTS)
        code, said = self.monitor("--since", since)
        report = json.loads(said) if code == 0 else {}
        expected = ["days_to_report", "vehicle_value"]
        claim("changed claims are drift, in the fields that changed", report.get("drifted") == expected, said)
        return report

    def trigger(self, report: dict[str, Any]) -> str:
        """The event starts the pipeline once."""
        pattern = self.clients["events"].describe_rule(Name=self.settings.drift_rule_name)["EventPattern"]
        claims = f"s3://{self.settings.artifacts_bucket_name}/claims/changed/"
        other = event("another-model", report["reason"], claims, report["report"])
        full = {"source": other["Source"], "detail-type": other["DetailType"], "detail": json.loads(other["Detail"])}
        full["account"] = self.settings.pipeline_role_arn.split(":")[4]
        taken = self.clients["events"].test_event_pattern(EventPattern=pattern, Event=json.dumps(full))["Result"]
        claim("another model's drift is none of the rule's business", not taken, taken)
        started = self.executions()
        claim("the monitor's event starts retraining", len(started) == 1, started)
        self.first = started[0]
        self.await_pipeline()
        self.clients["events"].put_events(
            Entries=[event(self.settings.name, report["reason"], claims, report["report"])]
        )
        second = (set(self.executions()) - set(started)).pop()
        refused = self.finish(second)
        claim("a second event while the first is at work starts nothing", refused.get("started") is False, refused)
        executions = self.clients["sagemaker"].list_pipeline_executions(PipelineName=self.settings.name)
        found = executions["PipelineExecutionSummaries"]
        new = [item for item in found if item["PipelineExecutionArn"] not in self.before]
        claim("the pipeline was started once", len(new) == 1, len(new))
        return new[0]["PipelineExecutionArn"]

    def retrain(self, execution: str) -> str | None:
        """Run the pipeline's own definition, on the claims that the event named."""
        began = time.monotonic()
        run = Run.of(
            self.clients["sagemaker"],
            self.clients["s3"],
            execution,
            python=self.python,
            environment=self.environment,
            scratch=self.scratch / "run",
            say=say,
        )
        package = run.all()
        claim(
            "retraining registers a model that beats the champion",
            package is not None,
            f"{package}, {time.monotonic() - began:.1f} s",
        )
        return package

    def release(self, package: str) -> None:
        """Not without approval, not with an alarm, and then for good."""
        sagemaker, cloudwatch = self.clients["sagemaker"], self.clients["cloudwatch"]
        try:
            self.deployment.run(package)
            claim("a model that nobody approved is not deployed", False, "deployed")
        except Problem as problem:
            claim("a model that nobody approved is not deployed", "PendingManualApproval" in str(problem), problem)
        registry.judge(sagemaker, package, approved=True, who="the story", why="its evaluation beats the champion's")
        records = self.records(self.scratch / "changed.jsonl", REQUESTS)
        name, alarm = self.settings.endpoint_name, self.settings.deployment_alarm_names[0]
        with self.watched(), Steady(self.runtime, name, records) as load:
            self.deployment.say = lambda text: (
                say(text),
                "10%" in text
                and cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="injected"),
            )
            try:
                self.deployment.run(package)
                claim("an alarm during the canary brings the champion back", False, "deployed")
            except RolledBack as reason:
                weights = self.weights()
                claim(
                    "an alarm during the canary brings the champion back",
                    weights == {"champion": 1, "challenger": 0},
                    f"{reason}; {weights}",
                )
            try:
                self.deployment.run(package)
                claim("no canary begins while an alarm is on", False, "deployed")
            except Problem as problem:
                claim("no canary begins while an alarm is on", True, problem)
            cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="over")
            self.deployment.say = say
            self.deployment.run(package)
            time.sleep(1)
        claim(
            "no request fails through all of this",
            set(load.statuses) == {200},
            f"{len(load.statuses)} answered, {sorted(set(load.statuses))}",
        )
        self.endpoint.refresh()
        answer = self.runtime.invoke_endpoint(EndpointName=name, ContentType=KINDS[0], Body=json.dumps(records[0][1]))
        served = json.loads(answer["Body"].read())["model_version"]
        model = self.endpoint.model(self.endpoint.serving["champion"])
        wanted = json.loads((model / "model.json").read_bytes())["version"]
        claim("the retrained model serves", served == wanted, served)
        self.deployment.roll_back()
        self.endpoint.refresh()
        answer = self.runtime.invoke_endpoint(EndpointName=name, ContentType=KINDS[0], Body=json.dumps(records[0][1]))
        before = json.loads(answer["Body"].read())["model_version"]
        claim("one command brings the model before back", before != served, before)

    def broken(self) -> None:
        """A model that fails /ping never serves; a container that is stopped finishes what it is at."""
        good = self.endpoint.model(self.endpoint.serving["champion"])
        bad = self.scratch / "broken"
        bad.mkdir(mode=0o755)
        for path in good.glob("model.*"):
            if path.name != "model.tar.gz":
                (bad / path.name).write_bytes(path.read_bytes())
        (bad / "model.onnx").write_bytes(b"not a model")
        try:
            Container.start(self.docker, bad, start_seconds=20).remove()
            claim("a model that fails /ping does not serve", False, "it serves")
        except NotServing as reason:
            claim("a model that fails /ping does not serve", True, reason)
        container = self.endpoint.containers.pop("champion")
        code, took = container.stop()
        claim(
            "SIGTERM ends the container with 0 within thirty seconds", code == 0 and took < 30, f"{code}, {took:.1f} s"
        )

    def cool_down(self) -> None:
        """The lock is kept for the cool-down, and is free after it."""
        output = self.finish(self.first, seconds=120)
        claim("the first event's execution ends well, after its cool-down", output.get("started") is True, output)
        item = self.clients["dynamodb"].get_item(TableName=self.settings.lock_table_name, Key={"id": {"S": "lock"}})
        claim("after the cool-down the lock is free", "Item" not in item, item.get("Item", "free"))

    # Means

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
                del record["cost"], record["expected_cost"]
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


class Watcher:
    """Keeps the endpoint what the emulator says it is, and writes its metrics, while something changes it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint, self.over = endpoint, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.over.wait(0.3):
            self.endpoint.refresh()
            self.endpoint.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="story", description=__doc__)
    parser.add_argument("--outputs", type=Path, required=True, help="Terraform's outputs as JSON")
    parser.add_argument("--docker", required=True, help="a docker program; DOCKER_HOST says where it works")
    parser.add_argument("--image", required=True, help="the claims model's image")
    parser.add_argument("--label", required=True, help="KEY=VALUE for the containers")
    parser.add_argument("--python", required=True, help="Python that trains the claims model")
    parser.add_argument("--version", required=True, help="the version that Terraform deployed first")
    given = parser.parse_args()
    settings = Settings.read(given.outputs)
    docker = Docker(given.docker, given.label, given.image)
    with tempfile.TemporaryDirectory() as folder, network(docker) as own:
        scratch = Path(folder)
        # The container's user reads the models.
        scratch.chmod(0o755)
        story = Story(settings, replace(docker, network=own), given.python, given.version, scratch)
        try:
            story.begin()
            story.before = story.pipelines() | set(story.executions())
            story.image()
            story.contract()
            story.blind()
            story.usual()
            story.batch()
            report = story.changed()
            execution = story.trigger(report)
            package = story.retrain(execution)
            if package:
                story.release(package)
            story.broken()
            story.cool_down()
        finally:
            story.endpoint.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
