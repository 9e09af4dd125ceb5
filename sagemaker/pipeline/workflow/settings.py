"""What the workflow has to know of the stack that it runs in: Terraform's outputs."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


class Problem(Exception):
    """Something that the caller can mend, in one line."""


@dataclass(frozen=True)
class Settings:
    """Outputs of the stack model-hosting, by their names."""

    region: str
    repository_url: str
    artifacts_bucket_name: str
    captures_bucket_name: str
    model_package_group_name: str
    pipeline_role_arn: str
    jobs_role_arn: str
    endpoint_role_arn: str
    subnet_ids: list[str]
    jobs_security_group_id: str
    endpoint_security_group_id: str
    endpoint_name: str
    deployment_alarm_names: list[str]
    state_machine_arn: str
    drift_rule_name: str
    lock_table_name: str
    kms_key_arns: dict[str, str]

    @property
    def name(self) -> str:
        """The model's name, which pipeline and package group share."""
        return self.model_package_group_name

    @classmethod
    def of(cls, outputs: dict[str, Any]) -> Settings:
        """Take what `terraform output -json` prints, with or without its wrapping."""
        plain = {
            name: value["value"] if isinstance(value, dict) and "value" in value else value
            for name, value in outputs.items()
        }
        missing = [field.name for field in fields(cls) if plain.get(field.name) is None]
        if missing:
            raise Problem(f"the stack's outputs lack {', '.join(missing)}; apply terraform/stacks/model-hosting")
        return cls(**{field.name: plain[field.name] for field in fields(cls)})

    @classmethod
    def read(cls, path: Path) -> Settings:
        """Read them from a file."""
        try:
            return cls.of(json.loads(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise Problem(f"{path}: {error}; write it with: terraform output -json >{path}") from error
