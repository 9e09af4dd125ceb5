"""The registry of models: packages, a person's decision on each, and which one is the champion.

The champion's record lies beside its baseline in S3, where the monitor and the next retraining read it.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from workflow.definition import package
from workflow.settings import Problem, Settings


class Registry:
    """One model's package group and champion."""

    def __init__(self, sagemaker: Any, s3: Any, settings: Settings) -> None:
        self.sagemaker, self.s3, self.settings = sagemaker, s3, settings

    def packages(self) -> list[dict[str, Any]]:
        """Return the group's packages, newest first."""
        pages = self.sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=self.settings.model_package_group_name
        )
        found = [item for page in pages for item in page["ModelPackageSummaryList"]]
        return sorted(found, key=lambda item: -item["ModelPackageVersion"])

    def describe(self, arn: str) -> dict[str, Any]:
        """Return one package."""
        return self.sagemaker.describe_model_package(ModelPackageName=arn)

    def decide(self, arn: str, approved: bool, who: str, why: str) -> None:
        """Approve or reject a package that waits for it. Name and reason are kept with the package."""
        status = self.describe(arn)["ModelApprovalStatus"]
        if status != "PendingManualApproval":
            raise Problem(f"{arn} is {status} already; register a new version instead of deciding twice")
        if not who.strip() or not why.strip():
            raise Problem("a decision needs --by NAME and --because REASON: both are kept with the package")
        self._mark(arn, "Approved" if approved else "Rejected", f"{who}: {why}")

    def withdraw(self, arn: str, why: str) -> None:
        """Reject a package that failed in production, so that it is not deployed again."""
        self._mark(arn, "Rejected", f"withdrawn: {why}")

    def _mark(self, arn: str, status: str, text: str) -> None:
        # ApprovalDescription holds 1,024 characters: API_UpdateModelPackage.
        self.sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus=status, ApprovalDescription=text[:1024]
        )

    def seed(self, image: str, folder: Path, at: datetime) -> str:
        """Register and crown the first model, which `seed.sh` trained in `folder`; return its ARN.

        Approving it is a decision apart.
        """
        if self.packages():
            raise Problem(f"{self.settings.name} has models already; retraining registers the next one")
        bucket = self.settings.artifacts_bucket_name
        for name in ("model.tar.gz", "evaluation.json", "baseline.json"):
            self.s3.upload_file(str(folder / name), bucket, f"models/v1/{name}")
        parts = [f"s3://{bucket}/models/v1/{name}" for name in ("model.tar.gz", "evaluation.json", "baseline.json")]
        arn = self.sagemaker.create_model_package(**package(self.settings, image, *parts))["ModelPackageArn"]
        self.crown(arn, "blue", at)
        return arn

    def champion(self) -> dict[str, Any]:
        """Return the champion's record: its baseline with `package`, `version`, `variant`, `since` and `deviance`."""
        try:
            return json.loads(self._read(f"s3://{self.settings.artifacts_bucket_name}/{self._record}"))
        except self.s3.exceptions.NoSuchKey as error:
            raise Problem(f"{self.settings.name} has no champion; run sagemaker/seed.sh first") from error

    def crown(self, arn: str, variant: str, at: datetime, previous: str | None = None) -> None:
        """Record a package as the champion, which the monitor and the next challenger are compared with."""
        described = self.describe(arn)
        record = json.loads(self._read(described["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"]))
        evaluation = json.loads(self._read(described["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]))
        record["deviance"] = evaluation["regression_metrics"]["tweedie_deviance"]["value"]
        record |= {"package": arn, "version": described["ModelPackageVersion"]}
        record |= {"variant": variant, "since": at.isoformat(timespec="seconds"), "previous": previous}
        bucket = self.settings.artifacts_bucket_name
        model = self._read(described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])
        self.s3.put_object(Bucket=bucket, Key="models/champion/model.tar.gz", Body=model)
        self.s3.put_object(Bucket=bucket, Key=self._record, Body=json.dumps(record).encode())

    @property
    def _record(self) -> str:
        return f"baselines/{self.settings.name}.json"

    def _read(self, address: str) -> bytes:
        place = urlparse(address)
        return self.s3.get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read()
