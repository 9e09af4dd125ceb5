"""Drift that is there, drift that is not, and a retraining that is started once."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import LINEAGE
from therapy.dataset import split
from therapy.drift import Decision, Finding, compare, decide, write_metrics
from therapy.drift_job import STARTED, retrain_once
from therapy.features import matrix
from therapy.model import ReliefModel
from therapy.registry import Registry
from therapy.training import Trained

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DRIFTED = [Finding("data", "tempo_bpm", 0.9, 0.25)]


@pytest.fixture(scope="module")
def window(rows: pd.DataFrame, model_file: Path) -> pd.DataFrame:
    """Sessions with what the model says of them."""
    judge = split(rows).judge
    return judge.assign(probability=ReliefModel(model_file).probabilities(matrix(judge)))


def drifted(findings: list[Finding]) -> set[tuple[str, str]]:
    """What is over its limit."""
    return {(each.kind, each.column) for each in findings if each.drifted}


def test_a_window_does_not_drift_from_itself(window: pd.DataFrame) -> None:
    assert drifted(compare(window, window)) == set()


@pytest.mark.parametrize(
    ("column", "change", "found"),
    [
        ("tempo_bpm", lambda rows: rows["tempo_bpm"] + 15, ("data", "tempo_bpm")),
        ("programme", lambda _: "sleep", ("data", "programme")),
        ("age_group", lambda _: "55+", ("data", "age_group")),
        ("probability", lambda rows: rows["probability"] ** 3, ("prediction", "probability")),
        ("improved", lambda rows: ~rows["improved"], ("performance", "auc_drop")),
    ],
)
def test_a_drift_is_found_where_it_is_and_nowhere_else(
    window: pd.DataFrame, column: str, change: object, found: tuple[str, str]
) -> None:
    live = window.assign(**{column: change(window)})
    over = drifted(compare(window, live))
    assert found in over
    # A prediction that is bent keeps its order, and with it the AUC.
    assert over == {found}


def test_performance_is_not_judged_before_labels_arrive(window: pd.DataFrame) -> None:
    unlabelled = window.assign(improved=None)
    assert "performance" not in {each.kind for each in compare(window, unlabelled)}
    few = window.assign(improved=window["improved"].where(np.arange(len(window)) < 299).astype(object))
    assert "performance" not in {each.kind for each in compare(window, few)}


def test_an_empty_window_is_refused(window: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="without sessions"):
        compare(window, window[:0])


def test_the_report_is_a_page_about_these_columns(window: pd.DataFrame, tmp_path: Path) -> None:
    compare(window, window, tmp_path / "drift.html")
    page = (tmp_path / "drift.html").read_text()
    assert "tempo_bpm" in page
    assert "probability" in page


def test_the_decision_waits_out_the_cool_down() -> None:
    week = timedelta(days=7)
    assert decide(DRIFTED, None, NOW).retrain
    assert "cooling down" in decide(DRIFTED, NOW - week + timedelta(seconds=1), NOW).reason
    assert decide(DRIFTED, NOW - week, NOW).retrain
    assert decide([Finding("data", "tempo_bpm", 0.25, 0.25)], None, NOW) == Decision(False, "no drift")


def test_a_score_that_is_no_number_is_not_taken_for_quiet() -> None:
    decision = decide([Finding("data", "minutes", float("nan"), 0.25)], None, NOW)
    assert decision.reason == "could not compare minutes: look at the data first"


def test_prometheus_reads_the_metrics(tmp_path: Path) -> None:
    write_metrics(tmp_path / "drift.prom", DRIFTED, Decision(True, "drift"), NOW)
    text = (tmp_path / "drift.prom").read_text()
    assert 'model_drift_score{column="tempo_bpm",kind="data"} 0.9' in text
    assert "model_retraining_wanted 1.0" in text


@pytest.fixture
def known(registry: Registry, trained: Trained) -> Registry:
    """A registry with a version."""
    registry.register(trained.model_uri, trained.run_id, LINEAGE)
    return registry


def attempt(registry: Registry, folder: Path, now: datetime, code: int = 0) -> Decision:
    """A run of the job; what it starts leaves a line."""
    note = f"open({str(folder / 'started')!r}, 'a').write('x'); raise SystemExit({code})"
    return retrain_once(registry, lambda before: decide(DRIFTED, before, now), now, [sys.executable, "-c", note])


def test_retraining_is_started_once_in_a_cool_down_and_again_after_it(known: Registry, tmp_path: Path) -> None:
    assert attempt(known, tmp_path, NOW).retrain
    assert not attempt(known, tmp_path, NOW + timedelta(hours=1)).retrain
    assert (tmp_path / "started").read_text() == "x"
    assert attempt(known, tmp_path, NOW + timedelta(days=7)).retrain
    assert (tmp_path / "started").read_text() == "xx"


def test_a_retraining_that_fails_does_not_use_up_the_cool_down(known: Registry, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="retraining failed"):
        attempt(known, tmp_path, NOW, code=3)
    assert STARTED not in known.client.get_registered_model(known.name).tags
    assert attempt(known, tmp_path, NOW).retrain
