"""The training pipeline: from sessions to a registered model version, or to the reasons why there is none.

Runs on Kubeflow Pipelines (pipeline.yaml, compiled from here) and, with the same steps, on one machine.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from kfp import Client, compiler, dsl, kubernetes, local
from kfp.dsl import Artifact, Dataset, Input, Metrics, Model, Output
from kfp_server_api import ApiException
from urllib3.exceptions import HTTPError

COMPILED = Path(__file__).with_name("pipeline.yaml")
# Built from the Containerfile beside this file.
IMAGE = "registry.example.com/mlops/therapy-pipeline:1.0.0"


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def ingest(seed: int, days: int, first_day: str, drift: dict, sessions: Output[Dataset]) -> None:
    """Fetches the sessions; here they are made."""
    from therapy.sessions import Drift, make_sessions

    rows = make_sessions(seed, days, first_day=first_day, drift=Drift(**drift))
    rows.to_parquet(sessions.path)
    sessions.metadata["rows"] = len(rows)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def validate(sessions: Input[Dataset]) -> None:
    """Fails with everything that is wrong with the sessions."""
    import pandas as pd
    from therapy.validation import validate

    validate(pd.read_parquet(sessions.path))


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def build_features(sessions: Input[Dataset], feature_store: str, rows: Output[Dataset]) -> None:
    """Writes the listeners' history to the feature store and reads it back as of each session's start."""
    from pathlib import Path

    import pandas as pd
    from therapy.dataset import fingerprint
    from therapy.feature_store import ListenerFeatures

    known = pd.read_parquet(sessions.path)
    store = ListenerFeatures(Path(feature_store))
    store.write(known)
    found = store.at_start(known)
    found.to_parquet(rows.path)
    rows.metadata["sha256"] = fingerprint(found)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def train(
    rows: Input[Dataset],
    tracking_uri: str,
    experiment: str,
    trials: int,
    seed: int,
    code_commit: str,
    model: Output[Model],
) -> NamedTuple("Trained", [("run_id", str), ("model_uri", str), ("lineage", dict)]):
    """Searches for settings, each trial a nested run, and fits the best."""
    import json
    import shutil
    from collections import namedtuple
    from pathlib import Path

    import mlflow
    import pandas as pd
    from therapy.dataset import fingerprint
    from therapy.training import train

    mlflow.set_tracking_uri(tracking_uri)
    table = pd.read_parquet(rows.path)
    trained = train(table, experiment, trials, seed, {"code_commit": code_commit})
    folder = Path(mlflow.artifacts.download_artifacts(trained.model_uri))
    shutil.copyfile(folder / "model.onnx", model.path)
    lineage = {
        "data_sha256": fingerprint(table),
        "code_commit": code_commit,
        "parameters": json.dumps(trained.settings, sort_keys=True),
    }
    return namedtuple("Trained", "run_id model_uri lineage")(trained.run_id, trained.model_uri, lineage)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def evaluate(
    rows: Input[Dataset],
    model: Input[Model],
    tracking_uri: str,
    registered_model: str,
    evaluation: Output[Artifact],
    metrics: Output[Metrics],
) -> None:
    """Judges candidate and champion by the same newest sessions, in all and by segment."""
    import json
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import pandas as pd
    from therapy.dataset import split
    from therapy.evaluation import evaluate
    from therapy.model import ReliefModel
    from therapy.registry import CHAMPION, Registry

    judge = split(pd.read_parquet(rows.path)).judge
    judged = {"candidate": evaluate(ReliefModel(Path(model.path)), judge).to_dict(), "champion": None}
    registry = Registry(registered_model, tracking_uri)
    champion = registry.version(CHAMPION)
    if champion:
        with TemporaryDirectory() as folder:
            served = ReliefModel(registry.download(champion, Path(folder)))
            judged["champion"] = evaluate(served, judge).to_dict()
    Path(evaluation.path).write_text(json.dumps(judged, indent=2))
    for who, found in judged.items():
        if found:
            metrics.log_metric(f"{who}_auc", found["auc"])


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def gate(evaluation: Input[Artifact]) -> str:
    """Fails with every reason why the candidate may not be registered."""
    import json
    from pathlib import Path

    from therapy.evaluation import Evaluation
    from therapy.gate import enforce

    judged = json.loads(Path(evaluation.path).read_text())
    champion = judged["champion"]
    enforce(Evaluation.from_dict(judged["candidate"]), Evaluation.from_dict(champion) if champion else None)
    return "passed"


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register(run_id: str, model_uri: str, lineage: dict, gate: str, tracking_uri: str, registered_model: str) -> str:
    """Makes a version with its lineage; it becomes the challenger, the first of all the champion."""
    from therapy.registry import Registry

    version = Registry(registered_model, tracking_uri).register(model_uri, run_id, {**lineage, "gate": gate})
    return str(version.version)


@dsl.pipeline(name="relief-training", description="Sessions to a registered model version, through a gate.")
def training_pipeline(
    tracking_uri: str,
    code_commit: str,
    feature_store: str = "/features",
    registered_model: str = "relief",
    experiment: str = "relief",
    seed: int = 1,
    days: int = 60,
    first_day: str = "2026-01-05",
    drift: dict = {},  # noqa: B006 Pipelines has no other way to say an empty structure; nothing changes it
    trials: int = 4,
) -> str:
    """The order of the steps."""
    ingested = ingest(seed=seed, days=days, first_day=first_day, drift=drift)
    validated = validate(sessions=ingested.outputs["sessions"])
    features = build_features(sessions=ingested.outputs["sessions"], feature_store=feature_store).after(validated)
    trained = train(
        rows=features.outputs["rows"],
        tracking_uri=tracking_uri,
        experiment=experiment,
        trials=trials,
        seed=seed,
        code_commit=code_commit,
    )
    evaluated = evaluate(
        rows=features.outputs["rows"],
        model=trained.outputs["model"],
        tracking_uri=tracking_uri,
        registered_model=registered_model,
    )
    passed = gate(evaluation=evaluated.outputs["evaluation"])
    registered = register(
        run_id=trained.outputs["run_id"],
        model_uri=trained.outputs["model_uri"],
        lineage=trained.outputs["lineage"],
        gate=passed.output,
        tracking_uri=tracking_uri,
        registered_model=registered_model,
    )
    # On one machine these two say nothing: the folder is a parameter, and the server lets everybody in.
    kubernetes.mount_pvc(features, pvc_name="feature-store", mount_path="/features")
    for task in (trained, evaluated, registered):
        kubernetes.use_secret_as_env(
            task,
            secret_name="mlflow-pipeline",  # noqa: S106 the name of a secret, not a secret
            secret_key_to_env={"username": "MLFLOW_TRACKING_USERNAME", "password": "MLFLOW_TRACKING_PASSWORD"},
        )
    for task in (ingested, validated, features, trained, evaluated, passed, registered):
        # What is registered and what is judged changes between runs: a step's result is never reused.
        task.set_caching_options(False)
        task.set_cpu_request("250m").set_cpu_limit("2").set_memory_request("512Mi").set_memory_limit("2Gi")
    return registered.output


def compile_to(path: Path) -> None:
    """Writes the pipeline as Kubeflow reads it."""
    compiler.Compiler().compile(training_pipeline, str(path))


def run_here(work: Path, **arguments: object) -> str:
    """Runs the pipeline on this machine, each step a process of its own; returns the version registered."""
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(work), raise_on_error=True)
    return training_pipeline(**arguments).output


def submit(host: str, arguments: dict) -> str:
    """Starts the compiled pipeline in a cluster; returns the run's id without waiting for its end."""
    # The client tells everybody that it is not for the first version of Pipelines.
    warnings.simplefilter("ignore", FutureWarning)
    started = Client(host=host).create_run_from_pipeline_package(
        str(COMPILED), arguments=arguments, experiment_name="relief", enable_caching=False
    )
    return started.run_id


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("compile", help="write pipeline.yaml")
    writing.add_argument("--check", action="store_true", help="write nothing; fail where pipeline.yaml differs")
    running = commands.add_parser("run", help="run every step on this machine")
    running.add_argument("--work", type=Path, required=True, help="folder for what the steps hand on")
    running.add_argument("--arguments", type=json.loads, required=True, help="the pipeline's parameters, as JSON")
    submitting = commands.add_parser("submit", help="start a run in a cluster")
    submitting.add_argument("--host", required=True, help="address of Kubeflow Pipelines")
    submitting.add_argument("--arguments", type=json.loads, required=True, help="the pipeline's parameters, as JSON")
    given = parser.parse_args()
    if given.command == "compile" and given.check:
        with NamedTemporaryFile(suffix=".yaml") as fresh:
            compile_to(Path(fresh.name))
            if Path(fresh.name).read_bytes() != COMPILED.read_bytes():
                print("pipeline.yaml is not what pipeline.py says: python pipeline.py compile", file=sys.stderr)
                return 1
    elif given.command == "compile":
        compile_to(COMPILED)
    elif given.command == "submit":
        try:
            print(submit(given.host, given.arguments))
        except (HTTPError, ApiException) as error:
            reason = str(error).splitlines()[0]
            print(f"Pipelines at {given.host} did not take the run: {reason}", file=sys.stderr)
            return 1
    else:
        print(run_here(given.work, **given.arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
