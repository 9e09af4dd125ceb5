"""The training pipeline: from sessions to a registered model version, or to the reasons why there is none.

Runs on Kubeflow Pipelines (pipeline.yaml, compiled from here) and, with the same steps, on one machine.
"""

import argparse
import json
import re
import sys
import warnings
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import NamedTuple

from kfp import Client, compiler, dsl, kubernetes, local
from kfp.dsl import Artifact, Dataset, Input, Metrics, Model, Output
from kfp_server_api import ApiException
from urllib3.exceptions import HTTPError

COMPILED = Path(__file__).with_name("pipeline.yaml")
# Stands in the compiled file for the image of the Containerfile beside this one: `submit` puts in the one that was
# pushed, because a compiled pipeline cannot take its steps' image as a parameter.
IMAGE = "registry.example.com/mlops/therapy-pipeline:set-by-submit"
OBJECT_STORE = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION")


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def ingest(store: str, days: int, sessions: Output[Dataset]) -> None:
    """Fetches the newest labelled sessions that the application has written."""
    from therapy.source import newest
    from therapy.store import open_store

    rows = newest(open_store(store), days)
    rows.to_parquet(sessions.path)
    sessions.metadata["rows"] = len(rows)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def validate(sessions: Input[Dataset]) -> None:
    """Fails with everything that is wrong with the sessions."""
    import pandas as pd
    from therapy.validation import validate

    validate(pd.read_parquet(sessions.path))


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def build_features(sessions: Input[Dataset], store: str, rows: Output[Dataset]) -> None:
    """Writes the listeners' history to the feature store and reads it back as of each session's start."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import pandas as pd
    from therapy.dataset import fingerprint
    from therapy.feature_store import ListenerFeatures
    from therapy.store import open_store

    known = pd.read_parquet(sessions.path)
    with TemporaryDirectory() as folder:
        features = ListenerFeatures(Path(folder))
        features.write(known)
        found = features.at_start(known)
        features.save(open_store(store))
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
def register(
    rows: Input[Dataset],
    model: Input[Model],
    run_id: str,
    model_uri: str,
    lineage: dict,
    gate: str,
    tracking_uri: str,
    registered_model: str,
    store: str,
) -> str:
    """Makes a version with its lineage, published where it is served from; it becomes challenger, or first champion."""
    from pathlib import Path

    import pandas as pd
    from therapy.publishing import publish
    from therapy.registry import Registry
    from therapy.store import open_store

    def published(number: str) -> str:
        return publish(open_store(store), number, Path(model.path), pd.read_parquet(rows.path))

    registry = Registry(registered_model, tracking_uri)
    return str(registry.register(model_uri, run_id, {**lineage, "gate": gate}, published).version)


@dsl.pipeline(name="relief-training", description="Sessions to a registered model version, through a gate.")
def training_pipeline(
    tracking_uri: str,
    code_commit: str,
    store: str,
    registered_model: str = "relief",
    experiment: str = "relief",
    seed: int = 1,
    days: int = 60,
    trials: int = 4,
) -> str:
    """The order of the steps."""
    ingested = ingest(store=store, days=days)
    validated = validate(sessions=ingested.outputs["sessions"])
    features = build_features(sessions=ingested.outputs["sessions"], store=store).after(validated)
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
        rows=features.outputs["rows"],
        model=trained.outputs["model"],
        run_id=trained.outputs["run_id"],
        model_uri=trained.outputs["model_uri"],
        lineage=trained.outputs["lineage"],
        gate=passed.output,
        tracking_uri=tracking_uri,
        registered_model=registered_model,
        store=store,
    )
    # On one machine these say nothing: the store is a folder, and the server lets everybody in. Without the secret, as
    # on EKS, the steps' account has a role that may use the bucket.
    for task in (ingested, features, registered):
        kubernetes.use_secret_as_env(
            task,
            secret_name="object-store",  # noqa: S106 the name of a secret, not a secret
            secret_key_to_env={name: name for name in OBJECT_STORE},
            optional=True,
        )
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


def with_image(image: str, target: Path) -> None:
    """Writes the compiled pipeline with the image that its steps run; throws `ValueError` for one by a moving tag."""
    if not re.fullmatch(r"[\w./:-]+@sha256:[0-9a-f]{64}|[\w./-]+:local", image):
        raise ValueError(f"image '{image}' is not pinned: use NAME@sha256:DIGEST, or NAME:local for a loaded image")
    target.write_text(COMPILED.read_text().replace(IMAGE, image))


def submit(host: str, image: str, arguments: dict) -> str:
    """Starts the compiled pipeline in a cluster; returns the run's id without waiting for its end."""
    # The client tells everybody that it is not for the first version of Pipelines.
    warnings.simplefilter("ignore", FutureWarning)
    with TemporaryDirectory() as folder:
        package = Path(folder) / "pipeline.yaml"
        with_image(image, package)
        started = Client(host=host).create_run_from_pipeline_package(
            str(package), arguments=arguments, experiment_name="relief", enable_caching=False
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
    submitting.add_argument("--image", required=True, help="image of the steps: NAME@sha256:DIGEST or NAME:local")
    submitting.add_argument("--set", action="append", default=[], help="one more parameter, NAME=JSON, such as days=75")
    submitting.add_argument("--wait", type=int, default=0, help="seconds to wait for a successful end; default: 0")
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
            more = {name: json.loads(value) for name, _, value in (each.partition("=") for each in given.set)}
            run = submit(given.host, given.image, given.arguments | more)
            print(run)
            if given.wait:
                ended = Client(host=given.host).wait_for_run_completion(run, timeout=given.wait)
                if ended.state != "SUCCEEDED":
                    print(f"run {run} ended as {ended.state}", file=sys.stderr)
                    return 1
        except ValueError as error:
            print(f"pipeline: {error}", file=sys.stderr)
            return 2
        except TimeoutError:
            print(f"run {run} has not ended after {given.wait} s", file=sys.stderr)
            return 1
        except (HTTPError, ApiException) as error:
            reason = str(error).splitlines()[0]
            print(f"Pipelines at {given.host} did not take the run: {reason}", file=sys.stderr)
            return 1
    else:
        print(run_here(given.work, **given.arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
