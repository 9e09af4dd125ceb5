"""A batch transform job's request against the service's own model, and its end.

The emulator knows no job that fails or is stopped, so these answers are given here, each held to the service's model.
"""

from __future__ import annotations

import unittest
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import Session
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from tests.test_definition import SETTINGS
from workflow import transform
from workflow.settings import Problem

CLAIMS = f"s3://{SETTINGS.artifacts_bucket_name}/batch/night/"


class Transform(unittest.TestCase):
    def test_the_request_is_one_that_the_service_takes(self) -> None:
        shape = Session().get_service_model("sagemaker").operation_model("CreateTransformJob").input_shape
        wanted = transform.request(SETTINGS, "model", CLAIMS, "night")
        self.assertEqual(ParamValidator().validate(wanted, shape).generate_report(), "")

    def test_claims_that_the_model_s_role_may_not_read_are_refused(self) -> None:
        for place in ("s3://elsewhere/batch/night/", CLAIMS.replace("/batch/", "/claims/")):
            with self.assertRaisesRegex(Problem, "may read"):
                transform.request(SETTINGS, "model", place, "night")

    def end(self, *answers: dict[str, Any]) -> None:
        sagemaker = boto3.client("sagemaker", "eu-west-1", config=Config(signature_version=UNSIGNED))
        with Stubber(sagemaker) as service:
            for answer in answers:
                service.add_response("describe_transform_job", BASE | answer)
            transform.finish(sagemaker, "night")

    def test_a_job_that_failed_or_was_stopped_is_a_problem_with_its_reason(self) -> None:
        with self.assertRaisesRegex(Problem, "no such bucket"):
            self.end({"TransformJobStatus": "Failed", "FailureReason": "no such bucket"})
        stopped = {"TransformJobStatus": "Stopped"}
        with self.assertRaisesRegex(Problem, "is Stopped"):
            self.end(stopped, stopped)
        completed = {"TransformJobStatus": "Completed"}
        self.end(completed, completed)


BASE = {
    "TransformJobName": "night",
    "TransformJobArn": "arn:aws:sagemaker:eu-west-1:111122223333:transform-job/night",
    "ModelName": "model",
    "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": CLAIMS}}},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "CreationTime": "2026-01-31T09:12:30Z",
}
