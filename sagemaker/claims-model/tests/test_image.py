"""Which files are in the image, and what a container of it may do."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any, Iterator

import pytest

from tests.conftest import ROOT
from tests.service import Container, docker

SERVICE = ["__init__", "__main__", "application", "log", "metrics", "problems", "records", "settings"]
CODE = ["claims_model/__init__.py", "claims_model/schema.py"] + [f"claims_model/serving/{name}.py" for name in SERVICE]
# By version: its scorer and its model.
OWN = {
    "v1": [
        "claims_model/serving/supplied.py",
        *("model/fnol_attritional_model.cbm", "model/fnol_large_model.cbm"),
        *("model/large_severity.json", "model/model_meta_data.json"),
    ],
    "v2": ["claims_model/serving/scorer.py", "model/model.json", "model/model.onnx"],
}
NAMES = {"v1": "--v1-image", "v2": "--image"}


def build(*arguments: Any) -> subprocess.CompletedProcess:
    return subprocess.run(
        [ROOT / "scripts/build-image.sh", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_the_context_holds_exactly_what_the_image_needs(folder: Path, tmp_path: Path) -> None:
    stage = tmp_path / "the context"
    done = build("--stage", stage, "--model", folder)
    assert done.returncode == 0, done.stderr
    files = {str(path.relative_to(stage)) for path in stage.rglob("*") if path.is_file()}
    assert files == {"Containerfile", "root.py", "requirements.txt", *CODE, *OWN["v2"]}
    assert "catboost" not in (stage / "requirements.txt").read_text()


def test_the_supplied_models_make_the_context_of_v1(supplied: Path, tmp_path: Path) -> None:
    done = build("--stage", tmp_path / "context", "--model", supplied / "model")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("the context for 1.0.0-83b93680\n")
    files = {
        str(path.relative_to(tmp_path / "context")) for path in (tmp_path / "context").rglob("*") if path.is_file()
    }
    assert files == {"Containerfile", "root.py", "requirements.txt", *CODE, *OWN["v1"]}
    assert "catboost==0.26.1" in (tmp_path / "context/requirements.txt").read_text()
    refused = build("--stage", tmp_path / "other", "--model", supplied / "model", "--python", "3.12")
    assert (refused.returncode, "run on 3.7 only" in refused.stderr) == (2, True)


def test_wheels_join_the_context(folder: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "a-1-py3-none-any.whl").touch()
    (wheels / "notes.txt").touch()
    assert build("--stage", tmp_path / "context", "--model", folder, "--wheels", wheels).returncode == 0
    assert [path.name for path in (tmp_path / "context/wheels").iterdir()] == ["a-1-py3-none-any.whl"]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        ((), 2, "--tag is needed"),
        (("--tag",), 2, "--tag needs a value"),
        (("--stage", "{empty}/new", "--python", "2.7"), 2, "it is 3.7, 3.11 or 3.12"),
        (("--stage", "{empty}/new", "--model", "{empty}"), 1, "model.onnx is not there; scripts/train.sh"),
        (("--stage", "{empty}/new", "--wheels", "{empty}"), 1, "no wheels are there"),
        (("--stage", "{empty}/new", "--ca", "{empty}/ca.pem"), 1, "no such file"),
        (("--stage", "{empty}", "--model", "{model}"), 1, "is there already"),
        (("--faster",), 2, "unknown argument --faster"),
    ],
)
def test_a_wrong_call_is_one_line_and_leaves_nothing(
    folder: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    done = build(*(each.format(empty=tmp_path, model=folder) for each in arguments))
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert reason in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module", params=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def image(request: pytest.FixtureRequest, version: str) -> str:
    name = request.config.getoption(NAMES[version])
    if not name:
        pytest.skip(f"no {NAMES[version]} is given")
    return name


@pytest.fixture(scope="module")
def files(image: str) -> Iterator[dict[str, tarfile.TarInfo]]:
    container = docker("create", image).strip()
    try:
        content = subprocess.check_output(["docker", "export", container])
    finally:
        docker("rm", container)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        yield {member.name: member for member in archive.getmembers()}


@pytest.fixture(scope="module")
def container(image: str, folder: Path) -> Iterator[Container]:
    running = Container(image, folder, {"CLAIMS_DRAIN_SECONDS": 0})
    yield running
    assert running.stop() == 0


def test_the_image_holds_the_service_and_the_model_and_no_other_code(
    files: dict[str, tarfile.TarInfo], version: str
) -> None:
    ours = {
        name.partition("/")[2]
        for name, member in files.items()
        if member.isfile() and name.startswith(("app/claims_model/", "app/model/")) and "__pycache__" not in name
    }
    assert ours == {*CODE, *OWN[version]}
    folders = {name.split("/")[1] for name in files if name.startswith("app/")}
    assert folders == {"claims_model", "model", "packages"}


def test_the_image_holds_no_shell_and_no_package_manager(files: dict[str, tarfile.TarInfo]) -> None:
    programs = {
        name for name, member in files.items() if member.isfile() and member.mode & 0o111 and "/bin/" in f"/{name}"
    }
    assert all(Path(name).name.startswith("python3") for name in programs), programs
    assert not [name for name in files if "site-packages/pip" in name or name.endswith("/ensurepip")]


def test_nobody_but_root_can_write_in_the_image(files: dict[str, tarfile.TarInfo]) -> None:
    # What the engine adds to a container lies here.
    ours = [
        member
        for name, member in files.items()
        if name.startswith(("app", "usr", "lib", "opt", "var")) and not member.issym()
    ]
    assert not [member.name for member in ours if member.uid != 0 or member.mode & 0o022]
    assert not [member.name for member in ours if member.mode & 0o6000]


def test_the_image_says_what_it_is(image: str, version: str) -> None:
    (described,) = json.loads(docker("image", "inspect", image))
    settings = described["Config"]
    assert settings["User"] == "10001:10001"
    assert list(settings["ExposedPorts"]) == ["8080/tcp"]
    assert settings["Entrypoint"] == ["python3", "-m", "claims_model.serving"]
    labels = settings["Labels"]
    assert labels["org.opencontainers.image.title"] == "claims-model"
    assert labels["org.opencontainers.image.version"].startswith({"v1": "1.0.0-", "v2": "2.0.0-"}[version])


def test_a_container_has_no_more_than_it_needs(container: Container) -> None:
    program = (
        "import json, os, pathlib\n"
        "status = dict(line.split(':\\t') for line in open('/proc/1/status').read().splitlines() if ':\\t' in line)\n"
        "writable = []\n"
        "for folder in ('/', '/app', '/tmp', '/etc', '/var'):\n"
        "    try: pathlib.Path(folder, 'x').touch(); writable.append(folder)\n"
        "    except OSError: pass\n"
        "print(json.dumps({'uid': os.getuid(), 'gid': os.getgid(), 'effective': status['CapEff'].strip(),\n"
        "                  'bounding': status['CapBnd'].strip(), 'privileges': status['NoNewPrivs'].strip(),\n"
        "                  'writable': writable}))\n"
    )
    found = json.loads(docker("exec", container.name, "python3", "-c", program))
    none = "0" * 16
    assert found == {
        "uid": 10_001,
        "gid": 10_001,
        "effective": none,
        "bounding": none,
        "privileges": "1",
        "writable": [],
    }


def test_a_container_stays_within_its_memory(container: Container, claim: dict[str, Any]) -> None:
    body = json.dumps([[*claim.values()]] * 2_500)
    for _ in range(20):
        assert container.post("/score", body).status == 200
    (state,) = json.loads(docker("inspect", container.name))
    assert state["HostConfig"]["Memory"] == 256 * 1024 * 1024
    assert state["State"]["OOMKilled"] is False


def test_the_health_check_of_the_image_passes_in_a_container(container: Container, image: str) -> None:
    (described,) = json.loads(docker("image", "inspect", image))
    kind, *command = described["Config"]["Healthcheck"]["Test"]
    assert kind == "CMD"
    docker("exec", container.name, *command)
    with pytest.raises(AssertionError):
        docker("exec", "--env", "CLAIMS_PORT=1", container.name, *command)
