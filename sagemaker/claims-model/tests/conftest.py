from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from claims_model.training.__main__ import train
from claims_model.training.claims import Claims, generate
from tests.service import Container, Process, Service

ROOT = Path(__file__).resolve().parent.parent
SEED = 20_260_101
# The jobs of the SageMaker pipeline use this package.
sys.path.insert(0, str(ROOT.parent / "pipeline"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--service-python", action="append", default=[], help="another interpreter to run v2 on")
    parser.addoption("--v1-python", help="the interpreter to run v1 on, with catboost 0.26.1")
    parser.addoption("--image", help="an image of v2 to run the service from")
    parser.addoption("--v1-image", help="an image of v1 to run the service from")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    option = metafunc.config.getoption
    if "runner" in metafunc.fixturenames:
        pythons = [sys.executable, *option("--service-python")]
        runners = [pytest.param(("process", python), id=_version(python)) for python in pythons]
        if option("--image"):
            runners.append(pytest.param(("container", option("--image")), id="image"))
        metafunc.parametrize("runner", runners, scope="session")
    if "v1_runner" in metafunc.fixturenames:
        pythons = [sys.executable, *([option("--v1-python")] if option("--v1-python") else [])]
        runners = [pytest.param(("process", python), id=f"v1-{_version(python)}") for python in pythons]
        if option("--v1-image"):
            runners.append(pytest.param(("container", option("--v1-image")), id="v1-image"))
        metafunc.parametrize("v1_runner", runners, scope="session")


def _version(python: str) -> str:
    return subprocess.check_output(
        [python, "-c", "import platform; print(platform.python_version())"], text=True
    ).strip()


@pytest.fixture(scope="session")
def supplied() -> Path:
    """The folder with the supplied files; tests that need it are skipped where they cannot be fetched."""
    folder = Path(os.environ.get("CLAIMS_SUPPLIED", ROOT / "build/supplied"))
    done = subprocess.run([ROOT / "scripts/supplied.sh", "--out", folder], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def claims() -> Claims:
    return generate(8_000, SEED)


@pytest.fixture(scope="session")
def folder(claims: Claims, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small v2 model, trained on generated claims."""
    out = tmp_path_factory.mktemp("model")
    train(claims, out, SEED, "generated")
    return out


@pytest.fixture(scope="session")
def claim() -> dict[str, Any]:
    return json.loads((ROOT / "examples/claim.json").read_bytes())


def _starter(runner: tuple[str, str], folder: Path) -> Callable[..., Service]:
    kind, program = runner

    def start(**settings: Any) -> Service:
        return Process(program, folder, settings) if kind == "process" else Container(program, folder, settings)

    return start


@pytest.fixture(scope="session")
def start(runner: tuple[str, str], folder: Path) -> Callable[..., Service]:
    """Starts v2 with settings of its own; the caller stops it."""
    return _starter(runner, folder)


@pytest.fixture(scope="session")
def service(start: Callable[..., Service]) -> Iterator[Service]:
    running = start(CLAIMS_DRAIN_SECONDS=0, CLAIMS_REQUEST_TIMEOUT_SECONDS=1, CLAIMS_LOG_LEVEL="debug")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def v1(v1_runner: tuple[str, str], supplied: Path) -> Iterator[Service]:
    running = _starter(v1_runner, supplied / "model")(CLAIMS_DRAIN_SECONDS=0, CLAIMS_MAX_BODY_BYTES=4_000_000)
    yield running
    assert running.stop() == 0
