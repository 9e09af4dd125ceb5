"""The parts of the story, from training to rollback."""

from __future__ import annotations

import json
import time
from typing import Any

from botocore.exceptions import ClientError

from monitor.__main__ import event
from story import batch
from story.containers import Container, NotServing
from story.image import Registry, changed, is_digest, push
from story.load import Steady, send
from story.means import Means
from story.runner import Run, pack
from story.told import claim, say
from workflow import registry, transform
from workflow.__main__ import publish
from workflow.deployment import RolledBack
from workflow.settings import Problem

KINDS = ("application/json", "text/csv", "application/jsonlines")
REQUESTS = 600


class Story(Means):
    """In the order in which `python -m story` has them."""

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
        deviance = description["metrics"]["overall"]["model"]["deviance"]
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
        transform.finish(sagemaker, name)
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
        expected = ["Notification_period", "TP_injury_whiplash"]
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
