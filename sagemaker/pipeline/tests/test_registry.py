"""Decisions, the first model, and the champion's record, held to the API's model."""

from __future__ import annotations

import io
import json
import tempfile
import unittest
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.service import Checked
from tests.test_definition import SETTINGS
from workflow.registry import Registry
from workflow.settings import Problem

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/claims/1"
NOW = datetime(2026, 1, 31, tzinfo=UTC)


class NoSuchKey(Exception):
    pass


class Service:
    """SageMaker's registry and S3."""

    exceptions = SimpleNamespace(NoSuchKey=NoSuchKey)

    def __init__(self, status: str = "PendingManualApproval") -> None:
        self.status, self.said = status, {}
        self.made: dict[str, Any] = {}
        self.kept: dict[str, bytes] = {}

    def list_model_packages(self, **_: Any) -> dict[str, Any]:
        known = {"ModelPackageArn": ARN, "ModelPackageVersion": 1, "CreationTime": NOW}
        known |= {"ModelPackageStatus": "Completed"}
        return {"ModelPackageSummaryList": [known] if self.made else []}

    def create_model_package(self, **request: Any) -> dict[str, Any]:
        self.made = request
        return {"ModelPackageArn": ARN}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803 boto3's name
        known = {key: value for key, value in self.made.items() if key != "ModelApprovalStatus"}
        return known | {
            "ModelPackageName": ModelPackageName,
            "ModelPackageArn": ARN,
            "ModelPackageVersion": 1,
            "ModelApprovalStatus": self.status,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "CreationTime": NOW,
        }

    def update_model_package(self, **said: Any) -> dict[str, Any]:
        self.said = said
        return {"ModelPackageArn": ARN}

    def upload_file(self, path: str, bucket: str, key: str) -> None:
        self.kept[f"{bucket}/{key}"] = Path(path).read_bytes()

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 boto3's names
        self.kept[f"{Bucket}/{Key}"] = Body

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 boto3's names
        if f"{Bucket}/{Key}" not in self.kept:
            raise NoSuchKey
        return {"Body": io.BytesIO(self.kept[f"{Bucket}/{Key}"])}


class Packages(unittest.TestCase):
    def registry(self, service: Service) -> Registry:
        return Registry(Checked(self, "sagemaker", service), service, SETTINGS)

    def test_name_and_reason_are_kept(self) -> None:
        for approved, status in ((True, "Approved"), (False, "Rejected")):
            service = Service()
            self.registry(service).decide(ARN, approved, "release manager", "better")
            said = {"ModelApprovalStatus": status, "ApprovalDescription": "release manager: better"}
            self.assertEqual(service.said, {"ModelPackageArn": ARN, **said})

    def test_a_package_is_decided_once(self) -> None:
        for status in ("Approved", "Rejected"):
            service = Service(status)
            with self.assertRaisesRegex(Problem, f"is {status} already"):
                self.registry(service).decide(ARN, True, "release manager", "better")
            self.assertEqual(service.said, {})

    def test_nobody_and_no_reason_approve_nothing(self) -> None:
        for who, why in (("", "better"), ("release manager", " ")):
            service = Service()
            with self.assertRaises(Problem):
                self.registry(service).decide(ARN, True, who, why)
            self.assertEqual(service.said, {})

    def test_the_first_model_is_registered_as_pending_and_is_the_champion(self) -> None:
        service = Service()
        registry = self.registry(service)
        with self.assertRaisesRegex(Problem, "no champion; run sagemaker/seed.sh"):
            registry.champion()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "model.tar.gz").write_bytes(b"model")
            (folder / "baseline.json").write_text('{"features": {}}')
            metrics = {"regression_metrics": {"tweedie_deviance": {"value": 160.5}}}
            (folder / "evaluation.json").write_text(json.dumps(metrics))
            registry.seed("111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims:1", folder, NOW)
            self.assertEqual(service.made["ModelApprovalStatus"], "PendingManualApproval")
            self.assertEqual(service.kept["models-artifacts/models/champion/model.tar.gz"], b"model")
            record = registry.champion()
            self.assertEqual((record["variant"], record["deviance"], record["version"]), ("blue", 160.5, 1))
            self.assertEqual(record["since"], NOW.isoformat())
            with self.assertRaisesRegex(Problem, "has models already"):
                registry.seed("image", folder, NOW)
