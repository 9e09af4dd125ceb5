"""Corrections of S3, RDS and EFS."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import has_request_context, request
from moto.efs.responses import EFSResponse
from moto.iam.access_control import PermissionResult
from moto.rds.models import DBParameterGroup
from moto.s3.models import FakeBucket, FakeDeleteMarker


def correct() -> None:
    note_who_set_a_parameter()
    judge_visitors_by_bucket_policy()
    remove_policies_of_file_systems()
    remove_delete_markers()


def note_who_set_a_parameter() -> None:
    """RDS reports `Source: user` for a parameter that somebody set (DescribeDBParameters).

    Without it Terraform takes none for set and sets them all again in every plan.
    """
    original = DBParameterGroup.update_parameters

    def update_parameters(self: DBParameterGroup, parameters: list[dict[str, Any]]) -> None:
        original(self, [{**parameter, "Source": "user"} for parameter in parameters])

    DBParameterGroup.update_parameters = update_parameters


def judge_visitors_by_bucket_policy() -> None:
    """S3 judges a request by the statements for everybody, and by their conditions on TLS and on its own headers.

    moto denies whatever a statement with a condition names, and takes a statement for one account as one for all.
    Here statements for named principals do not concern a visitor. A request counts as made over TLS, as behind a
    proxy that ends it, unless it says `X-Forwarded-Proto: http`.
    """

    def matches(patterns: Any, value: str) -> bool:
        expressions = (re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") for pattern in as_list(patterns))
        return any(re.fullmatch(expression, value, re.IGNORECASE) for expression in expressions)

    def concerns(statement: dict[str, Any], action: str, resource: str) -> bool:
        principal = statement.get("Principal")
        is_for_all = principal == "*" or (isinstance(principal, dict) and "*" in as_list(principal.get("AWS")))
        return (
            is_for_all
            and matches(statement.get("Action"), action)
            and matches(statement.get("Resource"), resource)
            and all(
                holds(operator, key, as_list(wanted))
                for operator, keys in statement.get("Condition", {}).items()
                for key, wanted in keys.items()
            )
        )

    def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        statements = as_list(json.loads(self.policy)["Statement"]) if self.policy else []
        effects = {statement["Effect"] for statement in statements if concerns(statement, action, resource)}
        if "Deny" in effects:
            return PermissionResult.DENIED
        return PermissionResult.PERMITTED if "Allow" in effects else PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


def remove_policies_of_file_systems() -> None:
    """EFS removes a file system's policy; moto can set and show one only, so that no stack with one comes down."""

    def delete_file_system_policy(self: EFSResponse) -> tuple[int, dict[str, Any], str]:
        self.efs_backend.file_systems_by_id[self._get_param("FileSystemId")].file_system_policy = None
        return 200, {}, ""

    EFSResponse.delete_file_system_policy = delete_file_system_policy


def remove_delete_markers() -> None:
    """S3 removes delete markers once versioning is suspended; moto fails, so that no bucket with one comes down."""
    FakeDeleteMarker.dispose = lambda _: None


def holds(operator: str, key: str, wanted: list[str]) -> bool:
    """Tell whether the request meets a condition; one that is not known here counts as met, so that a denial denies."""
    if operator == "Bool" and key == "aws:SecureTransport":
        return str(is_secure()).lower() in {str(value).lower() for value in wanted}
    if not key.startswith("s3:x-amz-"):
        return True
    given = request.headers.get(key.removeprefix("s3:")) if has_request_context() else None
    if operator == "Null":
        return str(given is None).lower() in {str(value).lower() for value in wanted}
    if operator == "StringNotEquals":
        return given not in wanted
    return True


def is_secure() -> bool:
    return not has_request_context() or request.headers.get("X-Forwarded-Proto") != "http"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
