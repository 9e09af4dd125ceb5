"""Model packages: which there are, and a person's word on them."""

from __future__ import annotations

from typing import Any

from workflow.settings import Problem, Settings


def packages(sagemaker: Any, settings: Settings) -> list[dict[str, Any]]:
    """Return the group's packages, newest first."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=settings.model_package_group_name
    )
    found = [item for page in pages for item in page["ModelPackageSummaryList"]]
    return sorted(found, key=lambda item: -item["ModelPackageVersion"])


def judge(sagemaker: Any, arn: str, approved: bool, who: str, why: str) -> None:
    """Approve or reject a package that waits for it. Who said so and why is kept with it."""
    status = sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"]
    if status != "PendingManualApproval":
        raise Problem(f"{arn} is {status} already; register a new version instead of judging one twice")
    if not who.strip() or not why.strip():
        raise Problem("an approval needs --by NAME and --because REASON: both are kept with the package")
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved" if approved else "Rejected",
        ApprovalDescription=f"{who}: {why}",
    )
