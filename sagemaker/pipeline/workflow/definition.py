"""The pipeline: process, train, evaluate, and register a challenger that is better than the champion.

A step's arguments are the request of the API that runs it, and are tested as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflow.settings import Settings

Json = dict[str, Any]

# Where SageMaker mounts what a job reads and writes.
PROCESSING = "/opt/ml/processing"
MINUTE = 60


@dataclass(frozen=True)
class Images:
    """The two images by tag or digest: one serves, the other trains, judges and monitors."""

    serving: str
    jobs: str


def get(path: str) -> Json:
    """Refer to a value that is known when the pipeline runs."""
    return {"Get": path}


def join(*values: str | Json) -> Json:
    """Join an address then; a join within a join is not documented."""
    flat: list[str | Json] = []
    for value in values:
        flat += value["Std:Join"]["Values"] if isinstance(value, dict) and "Std:Join" in value else [value]
    return {"Std:Join": {"On": "/", "Values": flat}}


def definition(settings: Settings, images: Images) -> Json:
    """Return the pipeline's definition as CreatePipeline takes it."""
    run = join(f"s3://{settings.artifacts_bucket_name}/runs", get("Execution.PipelineExecutionId"))
    artifacts = f"s3://{settings.artifacts_bucket_name}"
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [
            {"Name": "ClaimsPrefix", "Type": "String", "DefaultValue": f"{artifacts}/claims/"},
            {"Name": "ChampionPrefix", "Type": "String", "DefaultValue": f"{artifacts}/models/champion/"},
            # Two percent better: a smaller gain is chance, and costs more to deploy than it brings.
            {"Name": "MaximumDevianceRatio", "Type": "Float", "DefaultValue": 0.98},
        ],
        "Steps": [
            _processing(
                settings,
                images,
                "Process",
                inputs={"claims": get("Parameters.ClaimsPrefix"), "champion": get("Parameters.ChampionPrefix")},
                outputs={name: join(run, name) for name in ("train", "window", "baseline")},
            ),
            _training(settings, images, run),
            _processing(
                settings,
                images,
                "Evaluate",
                inputs={
                    "window": get("Steps.Process.ProcessingOutputConfig.Outputs['window'].S3Output.S3Uri"),
                    "challenger": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
                    "champion": get("Parameters.ChampionPrefix"),
                },
                outputs={"evaluation": join(run, "evaluation")},
                reports=[{"PropertyFileName": "Evaluation", "OutputName": "evaluation", "FilePath": "evaluation.json"}],
            ),
            {
                "Name": "IsBetter",
                "Type": "Condition",
                "Arguments": {
                    "Conditions": [
                        {
                            "Type": "LessThanOrEqualTo",
                            "LeftValue": {
                                "Std:JsonGet": {
                                    "PropertyFile": get("Steps.Evaluate.PropertyFiles.Evaluation"),
                                    "Path": "regression_metrics.deviance_ratio.value",
                                }
                            },
                            "RightValue": get("Parameters.MaximumDevianceRatio"),
                        }
                    ],
                    "IfSteps": [_registration(settings, images, run)],
                    "ElseSteps": [],
                },
            },
        ],
    }


def _machine(settings: Settings) -> Json:
    machine = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
    return machine | {"VolumeKmsKeyId": settings.kms_key_arns["artifacts"]}


def _network(settings: Settings) -> Json:
    return {"SecurityGroupIds": [settings.jobs_security_group_id], "Subnets": settings.subnet_ids}


def _processing(
    settings: Settings,
    images: Images,
    name: str,
    inputs: dict[str, str | Json],
    outputs: dict[str, Json],
    reports: list[Json] | None = None,
) -> Json:
    place = {channel: {"LocalPath": f"{PROCESSING}/{channel}"} for channel in [*inputs, *outputs]}
    arguments = [word for channel in place for word in (f"--{channel}", place[channel]["LocalPath"])]
    given = {"S3DataType": "S3Prefix", "S3InputMode": "File"}
    step: Json = {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "RoleArn": settings.jobs_role_arn,
            "AppSpecification": {
                "ImageUri": images.jobs,
                "ContainerEntrypoint": ["python3", "-m", f"steps.{name.lower()}"],
                "ContainerArguments": arguments,
            },
            "ProcessingResources": {"ClusterConfig": _machine(settings)},
            "ProcessingInputs": [
                {"InputName": channel, "S3Input": {"S3Uri": uri, **place[channel], **given}}
                for channel, uri in inputs.items()
            ],
            "ProcessingOutputConfig": {
                "KmsKeyId": settings.kms_key_arns["artifacts"],
                "Outputs": [
                    {"OutputName": channel, "S3Output": {"S3Uri": uri, **place[channel], "S3UploadMode": "EndOfJob"}}
                    for channel, uri in outputs.items()
                ],
            },
            # SageMaker brings and takes a job's files; the container itself has no network.
            "NetworkConfig": {"EnableNetworkIsolation": True, "VpcConfig": _network(settings)},
            "StoppingCondition": {"MaxRuntimeInSeconds": 30 * MINUTE},
        },
    }
    if reports:
        step["PropertyFiles"] = reports
    return step


def _training(settings: Settings, images: Images, run: Json) -> Json:
    return {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "RoleArn": settings.jobs_role_arn,
            "AlgorithmSpecification": {
                "TrainingImage": images.jobs,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["python3", "-m", "steps.train"],
                "ContainerArguments": ["--train", "/opt/ml/input/data/train", "--model", "/opt/ml/model"],
            },
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": get("Steps.Process.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"),
                            "S3DataDistributionType": "FullyReplicated",
                        }
                    },
                }
            ],
            "OutputDataConfig": {"S3OutputPath": join(run, "model"), "KmsKeyId": settings.kms_key_arns["artifacts"]},
            "ResourceConfig": _machine(settings),
            "EnableNetworkIsolation": True,
            "VpcConfig": _network(settings),
            "StoppingCondition": {"MaxRuntimeInSeconds": 60 * MINUTE},
        },
    }


def _registration(settings: Settings, images: Images, run: Json) -> Json:
    return {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": package(
            settings,
            images.serving,
            get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
            join(run, "evaluation", "evaluation.json"),
            join(run, "baseline", "baseline.json"),
        ),
    }


def package(settings: Settings, image: str, model: str | Json, evaluation: str | Json, baseline: str | Json) -> Json:
    """Return the request that registers a model; it waits for a person's approval."""
    types = ["application/json", "application/jsonlines", "text/csv"]
    report = {"ContentType": "application/json"}
    return {
        "ModelPackageGroupName": settings.model_package_group_name,
        # The pipeline's role may not approve.
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [
                {"Image": image, "ModelDataUrl": model, "Environment": {"CLAIMS_MODEL_DIR": "/opt/ml/model"}}
            ],
            "SupportedContentTypes": types,
            "SupportedResponseMIMETypes": types,
            "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
            "SupportedTransformInstanceTypes": ["ml.m5.large"],
        },
        "ModelMetrics": {"ModelQuality": {"Statistics": {**report, "S3Uri": evaluation}}},
        "DriftCheckBaselines": {"ModelDataQuality": {"Statistics": {**report, "S3Uri": baseline}}},
    }
