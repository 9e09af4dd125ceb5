"""Runs the pipeline with a registry of its own and hands out the version that it registered."""

import argparse
import json
import os
import shutil
from pathlib import Path

from mlflow import MlflowClient
from pipeline import run_here
from therapy import source
from therapy.registry import LINEAGE, Registry
from therapy.sessions import make_sessions
from therapy.store import open_store

MODEL = "relief"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for what the steps hand on")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model and its lineage")
    parser.add_argument("--commit", required=True, help="of the code")
    for number in ("days", "trials", "seed"):
        parser.add_argument(f"--{number}", type=int, required=True)
    given = parser.parse_args()
    uri = f"sqlite:///{given.work}/mlflow.db"
    # Where a client of its own is not enough: MLflow looks up a registered model's source at the default server.
    os.environ["MLFLOW_TRACKING_URI"] = uri
    # MLflow would put the artifacts into the folder that each step happens to run in.
    MlflowClient(uri, uri).create_experiment(MODEL, artifact_location=(given.work / "artifacts").as_uri())
    store = open_store(str(given.work / "store"))
    source.add(store, make_sessions(given.seed, given.days))
    number = run_here(
        given.work / "steps",
        tracking_uri=uri,
        code_commit=given.commit,
        store=store.uri,
        registered_model=MODEL,
        experiment=MODEL,
        seed=given.seed,
        days=given.days,
        trials=given.trials,
    )
    registry = Registry(MODEL, uri)
    version = registry.client.get_model_version(MODEL, number)
    shutil.copyfile(registry.download(version, given.work), given.out / "model.onnx")
    lineage = {key: version.tags[key] for key in LINEAGE}
    (given.out / "lineage.json").write_text(json.dumps(lineage, indent=2) + "\n")
    print(f"trained: {given.out / 'model.onnx'}")


if __name__ == "__main__":
    main()
