"""Runs a pipeline's execution and transform jobs as their descriptions say; the emulator starts no jobs.

A step's command runs in the jobs' image with its files from S3 at /opt/ml, as SageMaker runs it.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from story.containers import Container, Docker

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "LessThanOrEqualTo": lambda left, right: left <= right,
    "GreaterThan": lambda left, right: left > right,
}


class StepFailed(Exception):
    """A step that failed, with its last line."""


@dataclass
class Run:
    """One execution."""

    s3: Any
    sagemaker: Any
    execution: str
    definition: dict[str, Any]
    parameters: dict[str, Any]
    docker: Docker
    scratch: Path
    say: Callable[[str], None]
    known: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, sagemaker: Any, s3: Any, arn: str, **others: Any) -> Run:
        """Take definition and parameters from the execution itself."""
        text = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)["PipelineDefinition"]
        definition = json.loads(text)
        given = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn).get("PipelineParameters", [])
        parameters = {item["Name"]: item["DefaultValue"] for item in definition["Parameters"]}
        parameters |= {item["Name"]: item["Value"] for item in given}
        return cls(s3, sagemaker, arn.rsplit("/", 1)[-1], definition, parameters, **others)

    def all(self) -> str | None:
        """Run all steps; return the ARN of the package that the condition let them register."""
        return self._steps(self.definition["Steps"])

    def _steps(self, steps: list[dict[str, Any]]) -> str | None:
        package = None
        for step in steps:
            arguments = step["Arguments"]
            match step["Type"]:
                case "Processing":
                    self._process(step, self.resolve(arguments))
                case "Training":
                    self._train(step, self.resolve(arguments))
                case "Condition":
                    holds = all(self._holds(condition) for condition in arguments["Conditions"])
                    self.say(f"{step['Name']}: {'yes' if holds else 'no'}")
                    package = self._steps(arguments["IfSteps" if holds else "ElseSteps"]) or package
                case "RegisterModel":
                    package = self.sagemaker.create_model_package(**self.resolve(arguments))["ModelPackageArn"]
                    self.say(f"{step['Name']}: {package}")
        return package

    def resolve(self, value: Any) -> Any:
        """Fill in values that are known when the pipeline runs."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "Std:Join" in value:
            return value["Std:Join"]["On"].join(str(self.resolve(item)) for item in value["Std:Join"]["Values"])
        if "Get" in value:
            kind, _, rest = value["Get"].partition(".")
            return {
                "Parameters": lambda: self.parameters[rest],
                "Execution": lambda: {"PipelineExecutionId": self.execution}[rest],
                "Steps": lambda: self.known[rest],
            }[kind]()
        return {name: self.resolve(item) for name, item in value.items()}

    def _holds(self, condition: dict[str, Any]) -> bool:
        getting = condition["LeftValue"]["Std:JsonGet"]
        content: Any = json.loads(Path(self.known[getting["PropertyFile"]["Get"].removeprefix("Steps.")]).read_bytes())
        for part in getting["Path"].split("."):
            content = content[part]
        return COMPARISONS[condition["Type"]](content, self.resolve(condition["RightValue"]))

    def _process(self, step: dict[str, Any], arguments: dict[str, Any]) -> None:
        root = self.scratch / step["Name"]
        for channel in arguments["ProcessingInputs"]:
            self._download(channel["S3Input"]["S3Uri"], self._local(root, channel["S3Input"]["LocalPath"]))
        specification = arguments["AppSpecification"]
        self._execute(step["Name"], root, specification["ContainerEntrypoint"] + specification["ContainerArguments"])
        for output in arguments["ProcessingOutputConfig"]["Outputs"]:
            uri, folder = output["S3Output"]["S3Uri"], self._local(root, output["S3Output"]["LocalPath"])
            self._upload(folder, uri)
            name = output["OutputName"]
            self.known[f"{step['Name']}.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri"] = uri
            for report in step.get("PropertyFiles", []):
                if report["OutputName"] == name:
                    path = folder / report["FilePath"]
                    self.known[f"{step['Name']}.PropertyFiles.{report['PropertyFileName']}"] = str(path)

    def _train(self, step: dict[str, Any], arguments: dict[str, Any]) -> None:
        root = self.scratch / step["Name"]
        for channel in arguments["InputDataConfig"]:
            folder = self._local(root, f"/opt/ml/input/data/{channel['ChannelName']}")
            self._download(channel["DataSource"]["S3DataSource"]["S3Uri"], folder)
        specification = arguments["AlgorithmSpecification"]
        self._execute(step["Name"], root, specification["ContainerEntrypoint"] + specification["ContainerArguments"])
        archive = root / "model.tar.gz"
        pack(self._local(root, "/opt/ml/model"), archive)
        job = f"pipelines-{self.execution}-{step['Name']}"
        uri = f"{arguments['OutputDataConfig']['S3OutputPath']}/{job}/output/model.tar.gz"
        self.s3.upload_file(str(archive), *place(uri))
        self.known[f"{step['Name']}.ModelArtifacts.S3ModelArtifacts"] = uri

    def _execute(self, name: str, root: Path, command: list[str]) -> None:
        code, line = self.docker.job({root: "/opt/ml"}, command)
        if code != 0:
            raise StepFailed(f"{name} ended with {code}: {line}")
        self.say(f"{name}: {line}")

    @staticmethod
    def _local(root: Path, path: str) -> Path:
        return root / Path(path).relative_to("/opt/ml")

    def _download(self, uri: str, folder: Path) -> None:
        bucket, prefix = place(uri)
        folder.mkdir(parents=True, exist_ok=True)
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        for item in found:
            self.s3.download_file(bucket, item["Key"], str(folder / Path(item["Key"]).name))

    def _upload(self, folder: Path, uri: str) -> None:
        bucket, prefix = place(uri)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.s3.upload_file(str(path), bucket, f"{prefix}/{path.relative_to(folder)}")


def place(uri: str) -> tuple[str, str]:
    """Split an address into bucket and key."""
    parts = urlparse(uri)
    return parts.netloc, parts.path.lstrip("/")


def pack(folder: Path, archive: Path) -> None:
    """Pack a model as SageMaker wants it: its files at the top of a .tar.gz."""
    with tarfile.open(archive, "w:gz") as packed:
        for path in sorted(folder.iterdir()):
            packed.add(path, path.name)


def transform(sagemaker: Any, s3: Any, name: str, container: Container) -> int:
    """Score each line as a transform job's description says; return how many were answered.

    A line that the model refuses fails the whole job, and nothing is written.
    """
    job = sagemaker.describe_transform_job(TransformJobName=name)
    given, wanted = job["TransformInput"], job["TransformOutput"]
    member = job["DataProcessing"]["InputFilter"].removeprefix("$.")
    headers = {"Content-Type": given["ContentType"], "Accept": wanted["Accept"]}
    bucket, prefix = place(given["DataSource"]["S3DataSource"]["S3Uri"])
    target, folder = place(wanted["S3OutputPath"])
    answered = 0
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
        written = []
        for line in s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode().splitlines():
            record = json.loads(line)
            status, _, content = container.invoke(json.dumps(record[member]).encode(), headers)
            if status != 200:
                raise StepFailed(f"{item['Key']}: {status} {content.decode()}")
            written.append(json.dumps(record | {"SageMakerOutput": json.loads(content)}))
        s3.put_object(Bucket=target, Key=f"{folder}/{item['Key']}.out", Body="\n".join(written).encode())
        answered += len(written)
    return answered
