"""Scores many claims at once by a batch transform job of the champion, without an endpoint.

A line of the claims is `{"id": …, "claim": {…}}`; its result is the same line with `SageMakerOutput`, which the monitor
judges.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import WaiterError

from workflow.registry import Registry
from workflow.settings import Problem, Settings

# Where the endpoint's role may read claims.
PREFIX = "batch/"
# The machine has two processors.
AT_A_TIME = 4


def request(settings: Settings, model: str, claims: str, name: str) -> dict[str, Any]:
    """Return the request for a job, or raise `Problem` when the claims are where the model's role cannot read."""
    allowed = f"s3://{settings.artifacts_bucket_name}/{PREFIX}"
    if not claims.startswith(allowed):
        raise Problem(f"{claims} is not below {allowed}, the claims that the model's role may read")
    key = settings.kms_key_arns["captures"]
    return {
        "TransformJobName": name,
        "ModelName": model,
        "BatchStrategy": "SingleRecord",
        "MaxConcurrentTransforms": AT_A_TIME,
        "MaxPayloadInMB": 1,
        "ModelClientConfig": {"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 1},
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": claims}},
            "ContentType": "application/jsonlines",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"s3://{settings.captures_bucket_name}/captures/{settings.name}-batch/{name}",
            "Accept": "application/jsonlines",
            "AssembleWith": "Line",
            "KmsKeyId": key,
        },
        # The model gets the claim alone; its answer is joined with the line.
        "DataProcessing": {"InputFilter": "$.claim", "JoinSource": "Input"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeKmsKeyId": key},
    }


def start(sagemaker: Any, registry: Registry, settings: Settings, claims: str, name: str) -> str:
    """Start a job of the champion; return the address of its results."""
    wanted = request(settings, f"{settings.name}-v{registry.champion()['version']}", claims, name)
    sagemaker.create_transform_job(**wanted)
    return wanted["TransformOutput"]["S3OutputPath"] + "/"


def finish(sagemaker: Any, name: str) -> None:
    """Wait for a job's end. Raises `Problem` with its reason where it has no results."""
    try:
        sagemaker.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=name)
    except WaiterError as error:
        raise Problem(f"{name}: {error.last_response.get('FailureReason', error)}") from error
    status = sagemaker.describe_transform_job(TransformJobName=name)["TransformJobStatus"]
    if status != "Completed":
        raise Problem(f"{name} is {status}; start it again")
