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
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor.__main__ import event
from story.containers import Docker, network
from story.image import Registry as ImageRegistry
from story.image import script
from story.runner import StepFailed, pack, transform
from story.stage import Stage, claim, refused
from workflow import transform as jobs
from workflow.__main__ import publish
from workflow.definition import package
from workflow.deployment import Bad
from workflow.settings import Problem, Settings


class Story(Stage):
    """One run."""

    def run(self) -> None:
        self.clear()
        with ImageRegistry(self.scratch) as address:
            self.seed(address)
        self.endpoint.refresh()
        self.blind()
        self.quiet()
        self.batch()
        package = self.retrain(self.drift())
        self.release(package)
        self.gate()
        self.bad_canary()
        self.roll_back()
        self.cool_down()

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
        names = self.docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={address}/*")
        self.docker("rmi", "--force", *set(names.split()))
        publish(self.sagemaker, self.settings, tags["image_tag"], tags["jobs_tag"])
        first = self.registry.packages()[0]["ModelPackageArn"]
        self.registry.decide(first, approved=True, who="the story", why="the first model")

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

    def retrain(self, report: dict[str, Any]) -> str:
        """The event starts the pipeline once; its definition runs on the claims that arrived."""
        claims = f"s3://{self.settings.artifacts_bucket_name}/claims/"
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

    def release(self, package: str) -> None:
        """Version 2: not without approval; then a tenth, a half, all requests."""
        refused("an unapproved model is not deployed", Problem, "Pending", lambda: self.deployment.run(package))
        self.registry.decide(package, approved=True, who="the story", why="its evaluation beats the champion's")
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
