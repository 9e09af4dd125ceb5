from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from claims_model.serving.settings import Settings
from tests.conftest import ROOT


def run(folder: Path, **settings: Any) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "claims_model.serving"],
        cwd=ROOT,
        env={**os.environ, "CLAIMS_MODEL_DIR": str(folder), **{name: str(value) for name, value in settings.items()}},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLAIMS_PORT", "0"),
        ("CLAIMS_PORT", "http"),
        ("CLAIMS_LOG_LEVEL", "loud"),
        ("CLAIMS_MAX_BODY_BYTES", "1"),
        ("CLAIMS_MAX_BODY_BYTES", "1e9"),
        ("CLAIMS_REQUEST_TIMEOUT_SECONDS", "0"),
        ("CLAIMS_REQUEST_TIMEOUT_SECONDS", "nan"),
        ("CLAIMS_DRAIN_SECONDS", "-1"),
    ],
)
def test_a_wrong_setting_is_one_line_and_no_start(folder: Path, name: str, value: str) -> None:
    done = run(folder, **{name: value})
    assert done.returncode == 2
    assert done.stderr.startswith(f"claims-model: {name}={value}: must be ")
    assert done.stderr.count("\n") == 1


def test_a_model_that_is_missing_ends_the_service(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    done = run(tmp_path, CLAIMS_PORT=port)
    assert done.returncode == 1
    assert "No such file or directory; train.sh makes it" in done.stdout


def test_a_port_in_use_ends_the_service(folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))  # noqa: S104 as the service does
        listener.listen()
        done = run(folder, CLAIMS_PORT=listener.getsockname()[1])
    assert done.returncode == 1
    assert "address already in use" in done.stdout


def test_an_empty_environment_means_the_documented_settings() -> None:
    assert Settings.read({}) == Settings(8080, "info", 1_048_576, 3.0, 8.0, Path("model"))
