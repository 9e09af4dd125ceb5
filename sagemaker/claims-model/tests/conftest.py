from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

# Threads that wait for a processor busily take it from the service under test.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from claims_model.training.__main__ import train
from claims_model.training.claims import Claims, generate
from tests.service import Container, Process, Service

ROOT = Path(__file__).resolve().parent.parent
SEED = 20_260_101


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--service-python", action="append", default=[], help="another interpreter to run the service on")
    parser.addoption("--image", help="an image to run the service from")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "runner" in metafunc.fixturenames:
        pythons = [sys.executable, *metafunc.config.getoption("--service-python")]
        runners = [pytest.param(("process", python), id=_version(python)) for python in pythons]
        image = metafunc.config.getoption("--image")
        if image:
            runners.append(pytest.param(("container", image), id="image"))
        metafunc.parametrize("runner", runners, scope="session")


def _version(python: str) -> str:
    return subprocess.check_output(
        [python, "-c", "import platform; print(platform.python_version())"], text=True
    ).strip()


@pytest.fixture(scope="session")
def claims() -> Claims:
    return generate(80_000, SEED)


@pytest.fixture(scope="session")
def folder(claims: Claims, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that train.sh makes, trained anew."""
    out = tmp_path_factory.mktemp("model")
    train(claims, out, SEED)
    return out


@pytest.fixture(scope="session")
def description(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "model.json").read_bytes())


@pytest.fixture(scope="session")
def claim() -> dict[str, Any]:
    """The example record of the exercise page."""
    return json.loads((ROOT / "examples/claim.json").read_bytes())


@pytest.fixture(scope="session")
def start(runner: tuple[str, str], folder: Path) -> Any:
    """Starts a service with settings of its own; the caller stops it."""

    def start(**settings: Any) -> Service:
        kind, what = runner
        return Process(what, folder, settings) if kind == "process" else Container(what, folder, settings)

    return start


@pytest.fixture(scope="session")
def service(start: Any) -> Iterator[Service]:
    running = start(CLAIMS_DRAIN_SECONDS=0, CLAIMS_REQUEST_TIMEOUT_SECONDS=1, CLAIMS_LOG_LEVEL="debug")
    yield running
    assert running.stop() == 0
