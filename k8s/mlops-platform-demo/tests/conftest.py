"""What several tests need: small data, one trained model, a registry of its own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from therapy.feature_store import ListenerFeatures
from therapy.registry import Registry
from therapy.sessions import make_sessions
from therapy.training import Trained, train

os.environ.update({"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1", "OMP_NUM_THREADS": "1"})
ROOT = Path(__file__).resolve().parent.parent
LINEAGE = {"data_sha256": "d", "code_commit": "c", "parameters": "{}", "gate": "passed"}


@pytest.fixture(scope="session")
def sessions() -> pd.DataFrame:
    """Thirty days."""
    return make_sessions(1, 30)


@pytest.fixture(scope="session")
def rows(sessions: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The sessions with their features, by way of the feature store."""
    store = ListenerFeatures(tmp_path_factory.mktemp("features"))
    store.write(sessions)
    return store.at_start(sessions)


@pytest.fixture(scope="session")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of MLflow's, and a folder for what is logged."""
    folder = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    mlflow.create_experiment("tests", artifact_location=(folder / "artifacts").as_uri())
    return uri


@pytest.fixture(scope="session")
def trained(rows: pd.DataFrame, tracking: str) -> Trained:
    """One model, after two trials."""
    mlflow.set_tracking_uri(tracking)
    return train(rows, "tests", trials=2, seed=1, tags={"code_commit": "c"})


@pytest.fixture(scope="session")
def model_file(trained: Trained, tracking: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's ONNX file."""
    mlflow.set_tracking_uri(tracking)
    folder = mlflow.artifacts.download_artifacts(trained.model_uri, dst_path=str(tmp_path_factory.mktemp("model")))
    return Path(folder) / "model.onnx"


@pytest.fixture
def registry(tracking: str, request: pytest.FixtureRequest) -> Iterator[Registry]:
    """A registered model of the test's own."""
    name = request.node.name[:60]
    yield Registry(name, tracking)
    client = Registry(name, tracking).client
    if client.search_registered_models(f"name = '{name}'"):
        client.delete_registered_model(name)


@pytest.fixture
def python() -> str:
    """This environment's interpreter."""
    return sys.executable
