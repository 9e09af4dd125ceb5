"""The model file, the runs behind it, and files that are refused."""

from pathlib import Path

import mlflow
import numpy as np
import onnx
import pandas as pd
import pytest
from therapy.dataset import fingerprint, split
from therapy.evaluation import evaluate
from therapy.features import matrix
from therapy.model import ReliefModel, UnfitModel
from therapy.training import Trained


def test_each_trial_is_a_run_below_the_training_run(trained: Trained, tracking: str) -> None:
    client = mlflow.MlflowClient(tracking)
    experiment = client.get_experiment_by_name("tests").experiment_id
    trials = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{trained.run_id}'")
    assert len(trials) == 2
    assert all({"n_estimators", "learning_rate", "max_depth"} <= set(run.data.params) for run in trials)
    best = max(run.data.metrics["auc"] for run in trials)
    assert client.get_run(trained.run_id).data.metrics["auc_choose"] == best


def test_the_training_run_names_data_and_code(trained: Trained, tracking: str, rows: pd.DataFrame) -> None:
    tags = mlflow.MlflowClient(tracking).get_run(trained.run_id).data.tags
    assert tags["data_sha256"] == fingerprint(rows)
    assert tags["code_commit"] == "c"


def test_one_changed_value_is_another_fingerprint(rows: pd.DataFrame) -> None:
    assert fingerprint(rows.assign(minutes=rows["minutes"])) == fingerprint(rows)
    changed = rows.copy()
    changed.loc[5, "minutes"] += 0.1
    assert fingerprint(changed) != fingerprint(rows)


def test_no_session_judges_that_was_learned_from(rows: pd.DataFrame) -> None:
    parts = split(rows)
    assert len(parts.learn) + len(parts.choose) + len(parts.judge) == len(rows)
    assert parts.learn["started_at"].max() <= parts.choose["started_at"].min()
    assert parts.choose["started_at"].max() <= parts.judge["started_at"].min()


def test_the_model_ranks_better_than_chance_and_one_with_shuffled_outcomes_does_not(
    model_file: Path, rows: pd.DataFrame
) -> None:
    model, judge = ReliefModel(model_file), split(rows).judge
    assert evaluate(model, judge).auc > 0.7
    shuffled = judge.assign(improved=np.random.default_rng(1).permutation(judge["improved"]))
    assert evaluate(model, shuffled).auc < 0.6


def test_segments_cover_every_session(model_file: Path, rows: pd.DataFrame) -> None:
    judged = evaluate(ReliefModel(model_file), rows)
    for column in ("age_group", "programme"):
        assert sum(each.sessions for each in judged.segments if each.column == column) == len(rows)


def test_the_model_file_holds_no_code(model_file: Path) -> None:
    operators = {(node.domain or "ai.onnx") for node in onnx.load(model_file).graph.node}
    assert operators <= {"ai.onnx", "ai.onnx.ml"}


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    with pytest.raises(UnfitModel, match=r"model.onnx cannot be loaded"):
        ReliefModel(file)


def test_a_model_of_other_columns_is_refused(model_file: Path, tmp_path: Path) -> None:
    model = onnx.load(model_file)
    onnx.helper.set_model_props(model, {"columns": '["age"]'})
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(UnfitModel, match=r"reads the columns \['age'\]"):
        ReliefModel(tmp_path / "model.onnx")


def test_an_answer_does_not_depend_on_its_neighbours(model_file: Path, rows: pd.DataFrame) -> None:
    model, inputs = ReliefModel(model_file), matrix(rows)[:20]
    together = model.probabilities(inputs)
    alone = np.concatenate([model.probabilities(inputs[number : number + 1]) for number in range(20)])
    assert np.allclose(together, alone)
