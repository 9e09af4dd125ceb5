"""The compiled pipeline is the pipeline."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from pipeline import IMAGE, with_image

PIPELINE = ROOT / "pipeline" / "pipeline.py"
STEPS = ["ingest", "validate", "build-features", "train", "evaluate", "gate", "register"]


def run(*arguments: str, file: Path = PIPELINE) -> subprocess.CompletedProcess:
    """The command, to its end."""
    return subprocess.run([sys.executable, str(file), *arguments], capture_output=True, text=True, check=False)


def test_the_committed_yaml_is_what_the_code_compiles_to() -> None:
    ended = run("compile", "--check")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_change_of_the_code_alone_is_noticed(tmp_path: Path) -> None:
    text = PIPELINE.read_text()
    assert "trials: int = 4" in text
    (tmp_path / "pipeline.py").write_text(text.replace("trials: int = 4", "trials: int = 5"))
    (tmp_path / "pipeline.yaml").write_bytes(PIPELINE.with_suffix(".yaml").read_bytes())
    ended = run("compile", "--check", file=tmp_path / "pipeline.py")
    assert ended.returncode == 1
    assert ended.stderr.strip() == "pipeline.yaml is not what pipeline.py says: python pipeline.py compile"


@pytest.mark.parametrize(("step", "needs"), list(zip(STEPS[1:], STEPS, strict=False)))
def test_each_step_waits_for_the_one_before(step: str, needs: str) -> None:
    pipeline = next(yaml.safe_load_all(PIPELINE.with_suffix(".yaml").read_text()))
    tasks = pipeline["root"]["dag"]["tasks"]
    assert sorted(tasks) == sorted(STEPS)
    assert needs in tasks[step]["dependentTasks"]


def test_nothing_is_installed_while_the_pipeline_runs() -> None:
    assert "pip install" not in PIPELINE.with_suffix(".yaml").read_text()


def test_a_run_without_arguments_says_what_is_missing(tmp_path: Path) -> None:
    ended = run("run", "--work", str(tmp_path))
    assert ended.returncode == 2
    assert "--arguments" in ended.stderr


def test_pipelines_that_do_not_answer_are_one_line() -> None:
    ended = run("submit", "--host", "http://127.0.0.1:9", "--image", f"x@sha256:{'0' * 64}", "--arguments", "{}")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Pipelines at http://127.0.0.1:9 did not take the run: "), ended.stderr
    assert ended.stderr.count("\n") == 1


def test_pipeline_and_manifests_name_one_image() -> None:
    files = [PIPELINE, *ROOT.rglob("*.yaml")]
    named = {name for file in files for name in re.findall(r"registry\.example\.com/[\w./-]+", file.read_text())}
    # Images of other projects are mirrored.
    own = {name for name in named if "/mirror/" not in name}
    assert own == {"registry.example.com/mlops/therapy-pipeline"}


def test_every_step_runs_the_image_that_is_submitted(tmp_path: Path) -> None:
    image = f"registry.example.com/mlops/therapy-pipeline@sha256:{'a' * 64}"
    with_image(image, tmp_path / "pipeline.yaml")
    pipeline = next(yaml.safe_load_all((tmp_path / "pipeline.yaml").read_text()))
    executors = pipeline["deploymentSpec"]["executors"].values()
    assert {each["container"]["image"] for each in executors} == {image}
    assert IMAGE not in (tmp_path / "pipeline.yaml").read_text()


@pytest.mark.parametrize("image", [IMAGE, "therapy-pipeline:latest", "therapy-pipeline", "x@sha256:123"])
def test_an_image_by_a_moving_tag_is_not_submitted(image: str) -> None:
    ended = run("submit", "--host", "http://127.0.0.1:9", "--image", image, "--arguments", "{}")
    assert (ended.returncode, "is not pinned" in ended.stderr) == (2, True)


def test_the_drift_check_submits_the_image_that_it_runs() -> None:
    for environment in ("local", "staging", "production"):
        overlay = yaml.safe_load((ROOT / "overlays" / environment / "drift" / "kustomization.yaml").read_text())
        paths = [
            path for each in overlay["replacements"] for target in each["targets"] for path in target["fieldPaths"]
        ]
        assert any("PIPELINE_IMAGE" in path for path in paths), environment


def test_in_a_cluster_only_three_steps_know_the_registry_and_no_step_needs_a_volume() -> None:
    platform = list(yaml.safe_load_all(PIPELINE.with_suffix(".yaml").read_text()))[1]
    steps = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert not [name for name, step in steps.items() if "pvcMount" in step]

    def knows(secret: str) -> set[str]:
        return {
            name for name, step in steps.items() for each in step.get("secretAsEnv", []) if each["secretName"] == secret
        }

    assert knows("mlflow-pipeline") == {"exec-train", "exec-evaluate", "exec-register"}
    assert knows("object-store") == {"exec-ingest", "exec-build-features", "exec-register"}
