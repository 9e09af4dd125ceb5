"""Terraform's outputs of the stack model-hosting, by their names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Problem(Exception):
    """A mistake that the caller can fix, in one line."""


class Settings:
    """The outputs as attributes. An output that is missing is a `Problem` when it is read.

    The first apply makes the pipeline's half alone, so that an image and a model can be put there.
    """

    def __init__(self, outputs: dict[str, Any]) -> None:
        """Take the outputs that `terraform output -json` prints, with or without its wrapping."""
        self._outputs = {
            name: value["value"] if isinstance(value, dict) and "value" in value else value
            for name, value in outputs.items()
        }

    def __getattr__(self, name: str) -> Any:
        """Return an output."""
        if (value := self._outputs.get(name)) is None:
            raise Problem(f"the stack's outputs lack {name}; apply terraform/stacks/model-hosting")
        return value

    @property
    def name(self) -> str:
        """The model's name, which pipeline and package group share."""
        return self.model_package_group_name

    @classmethod
    def read(cls, path: Path) -> Settings:
        """Read them from a file."""
        try:
            return cls(json.loads(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise Problem(f"{path}: {error}; write it with: terraform output -json >{path}") from error
