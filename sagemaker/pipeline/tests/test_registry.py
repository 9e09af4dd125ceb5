"""Judging a version that waits for it, once, and with a name and a reason."""

from __future__ import annotations

import unittest
from typing import Any

from workflow import registry
from workflow.settings import Problem


class Package:
    """A version in SageMaker's registry that remembers what was said of it."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.said: dict[str, Any] = {}

    def describe_model_package(self, **_: str) -> dict[str, Any]:
        return {"ModelApprovalStatus": self.status}

    def update_model_package(self, **said: Any) -> None:
        self.said = said


class Judging(unittest.TestCase):
    def test_who_and_why_are_kept(self) -> None:
        for approved, status in ((True, "Approved"), (False, "Rejected")):
            package = Package("PendingManualApproval")
            registry.judge(package, "arn", approved, "release manager", "better")
            said = {"ModelApprovalStatus": status, "ApprovalDescription": "release manager: better"}
            self.assertEqual(package.said, {"ModelPackageArn": "arn", **said})

    def test_what_was_judged_is_not_judged_again(self) -> None:
        for status in ("Approved", "Rejected"):
            package = Package(status)
            with self.assertRaisesRegex(Problem, f"arn is {status} already"):
                registry.judge(package, "arn", True, "release manager", "better")
            self.assertEqual(package.said, {})

    def test_nobody_and_no_reason_approve_nothing(self) -> None:
        for who, why in (("", "better"), ("release manager", " ")):
            package = Package("PendingManualApproval")
            with self.assertRaises(Problem):
                registry.judge(package, "arn", True, who, why)
            self.assertEqual(package.said, {})
