"""The picture of the architecture shows what the manifests have, all of it and nothing else."""

import re

import pytest
import yaml
from conftest import ROOT

PICTURE = (ROOT / "docs" / "architecture.svg").read_text()
KINDS = {
    "CronJob",
    "Deployment",
    "HTTPRoute",
    "InferenceService",
    "PersistentVolumeClaim",
    "ServingRuntime",
}


def drawn(picture: str) -> set[str]:
    """The objects of the picture; what is written there is their name."""
    found = re.findall(r'data-object="(\w+)/([\w-]+)">([^<]+)<', picture)
    assert all(name == written for _, name, written in found)
    return {f"{kind}/{name}" for kind, name, _ in found}


def deployed() -> set[str]:
    """The objects of the manifests, and the pipeline's steps; without those that the local cluster has in
    addition, and those that guard Pipelines."""
    found = set()
    for file in ROOT.rglob("*.yaml"):
        if {ROOT / "overlays" / "local", ROOT / "kubeflow"} & set(file.parents):
            continue
        for document in yaml.safe_load_all(file.read_text()):
            if isinstance(document, dict) and document.get("kind") in KINDS:
                found.add(f"{document['kind']}/{document['metadata']['name']}")
    pipeline = next(yaml.safe_load_all((ROOT / "pipeline" / "pipeline.yaml").read_text()))
    return found | {f"Step/{name}" for name in pipeline["root"]["dag"]["tasks"]}


def test_the_picture_shows_every_object_and_no_other() -> None:
    assert drawn(PICTURE) == deployed()


@pytest.mark.parametrize(
    ("written", "instead"),
    [('Deployment/mlflow">mlflow<', 'Deployment/mlflow-2">mlflow-2<'), ('data-object="Step/gate"', "")],
)
def test_a_picture_of_something_else_is_noticed(written: str, instead: str) -> None:
    assert written in PICTURE
    assert drawn(PICTURE.replace(written, instead)) != deployed()
