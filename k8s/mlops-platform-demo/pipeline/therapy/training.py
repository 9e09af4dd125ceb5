"""Training: a search for good settings, each trial a run of its own, and the best one fitted, as ONNX."""

import json
from dataclasses import dataclass

import mlflow
import numpy as np
import onnx
import optuna
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from therapy.dataset import fingerprint, split
from therapy.features import COLUMNS, matrix

INPUT = "features"


@dataclass(frozen=True)
class Trained:
    """The run that has all trials below it, and the model that it ended with."""

    run_id: str
    model_uri: str
    settings: dict[str, float]


def as_onnx(model: GradientBoostingClassifier) -> onnx.ModelProto:
    """The model in a format that holds no code, with the names of its columns inside."""
    converted = to_onnx(
        model, initial_types=None, X=np.zeros((1, len(COLUMNS)), np.float32), options={"zipmap": False}, name="therapy"
    )
    graph = converted.graph
    old = graph.input[0].name
    graph.input[0].name = INPUT
    for node in graph.node:
        node.input[:] = [INPUT if name == old else name for name in node.input]
    onnx.helper.set_model_props(converted, {"columns": json.dumps(COLUMNS)})
    onnx.checker.check_model(converted)
    return converted


def train(rows: pd.DataFrame, experiment: str, trials: int, seed: int, tags: dict[str, str]) -> Trained:
    """Searches, fits the best on all rows that do not judge, and logs everything to MLflow."""
    parts = split(rows)
    learn, choose = matrix(parts.learn), matrix(parts.choose)
    mlflow.set_experiment(experiment)

    def fitted(settings: dict[str, float], x: np.ndarray, y: pd.Series) -> GradientBoostingClassifier:
        return GradientBoostingClassifier(random_state=seed, subsample=0.8, **settings).fit(x, y)

    with mlflow.start_run(tags={**tags, "data_sha256": fingerprint(rows)}) as parent:

        def objective(trial: optuna.Trial) -> float:
            settings = {
                "n_estimators": trial.suggest_int("n_estimators", 40, 140, step=20),
                "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.3, log=True),
                "max_depth": trial.suggest_int("max_depth", 2, 4),
            }
            with mlflow.start_run(nested=True, run_name=f"trial-{trial.number}"):
                mlflow.log_params(settings)
                model = fitted(settings, learn, parts.learn["improved"])
                score = float(roc_auc_score(parts.choose["improved"], model.predict_proba(choose)[:, 1]))
                mlflow.log_metric("auc", score)
            return score

        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
        study.optimize(objective, n_trials=trials)
        known = pd.concat([parts.learn, parts.choose])
        model = fitted(study.best_params, matrix(known), known["improved"])
        mlflow.log_params({**study.best_params, "trials": trials, "seed": seed, "rows": len(known)})
        mlflow.log_metric("auc_choose", study.best_value)
        logged = mlflow.onnx.log_model(
            as_onnx(model),
            name="model",
            signature=ModelSignature(
                inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, len(COLUMNS)), INPUT)]),
                outputs=Schema([TensorSpec(np.dtype(np.float32), (-1, 2), "probabilities")]),
            ),
            # A reader needs onnxruntime alone; what is guessed from this environment would be far more.
            pip_requirements=["onnxruntime"],
        )
    return Trained(parent.info.run_id, logged.model_uri, study.best_params)
