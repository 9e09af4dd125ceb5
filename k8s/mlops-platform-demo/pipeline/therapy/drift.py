"""Does what the model sees, says and achieves differ from what it was judged by?"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.metrics import RocAuc, ValueDrift
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from sklearn.metrics import roc_auc_score

from therapy.features import HISTORY, REQUEST

NUMBERS = (*REQUEST, *HISTORY)
CATEGORIES = ("programme", "age_group")
# Distances, not p-values: a test at 5 % on each of ten columns raises a false alarm in 40 % of the windows. Where
# the limits lie follows from study.py, whose figures are in the README.
LIMITS = {"data": 0.25, "category": 0.1, "prediction": 0.2}
AUC_DROP = 0.06
LABELS_NEEDED = 300


@dataclass(frozen=True)
class Finding:
    """One comparison: how far apart, and from where on that counts as drift."""

    kind: str
    column: str
    score: float
    limit: float

    @property
    def drifted(self) -> bool:
        """Whether it is over the limit."""
        return self.score > self.limit


@dataclass(frozen=True)
class Decision:
    """Whether to train again, and why or why not."""

    retrain: bool
    reason: str


def compare(reference: pd.DataFrame, live: pd.DataFrame, html: Path | None = None) -> list[Finding]:
    """Compares inputs, the column `probability`, and, for rows with an outcome, how good the predictions were.

    Both tables have the session's columns; `improved` is missing where no label has arrived.
    """
    if reference.empty or live.empty:
        raise ValueError("a window without sessions cannot be compared")
    limits = dict.fromkeys(NUMBERS, LIMITS["data"]) | dict.fromkeys(CATEGORIES, LIMITS["category"])
    limits["probability"] = LIMITS["prediction"]
    drifts = [
        ValueDrift(
            column=column, method="jensenshannon" if column in CATEGORIES else "wasserstein", threshold=limits[column]
        )
        for column in limits
    ]
    snapshot = Report(drifts).run(dataset(live), dataset(reference))
    findings = []
    for metric in snapshot.dict()["metrics"]:
        column = metric["config"]["column"]
        kind = "prediction" if column == "probability" else "data"
        findings.append(Finding(kind, column, float(metric["value"]), limits[column]))
    labelled = live.dropna(subset=["improved"])
    rated = len(labelled) >= LABELS_NEEDED and labelled["improved"].nunique() == 2
    if rated:
        drop = _auc(reference) - _auc(labelled)
        findings.append(Finding("performance", "auc_drop", drop, AUC_DROP))
    if html:
        metrics = [*drifts, RocAuc()] if rated else drifts
        shown = dataset(labelled if rated else live, rated)
        Report(metrics).run(shown, dataset(reference, rated)).save_html(str(html))
    return findings


def decide(
    findings: list[Finding], last_start: datetime | None, now: datetime, cool_down: timedelta = timedelta(days=7)
) -> Decision:
    """Drift of any kind asks for retraining, unless one was started so recently that its model may not serve yet."""
    if any(math.isnan(each.score) for each in findings):
        broken = ", ".join(each.column for each in findings if math.isnan(each.score))
        return Decision(False, f"could not compare {broken}: look at the data first")
    over = [each for each in findings if each.drifted]
    if not over:
        return Decision(False, "no drift")
    found = ", ".join(f"{each.kind} {each.column} {each.score:.2f} > {each.limit}" for each in over)
    if last_start and now - last_start < cool_down:
        return Decision(False, f"drift ({found}), but retraining was started at {last_start.isoformat()}: cooling down")
    return Decision(True, f"drift: {found}")


def write_metrics(path: Path, findings: list[Finding], decision: Decision, now: datetime) -> None:
    """What Prometheus reads, by the node exporter's textfile collector or a push gateway."""
    registry = CollectorRegistry()
    score = Gauge("model_drift_score", "Distance from the reference", ["kind", "column"], registry=registry)
    limit = Gauge("model_drift_limit", "Distance that counts as drift", ["kind", "column"], registry=registry)
    for each in findings:
        score.labels(each.kind, each.column).set(each.score)
        limit.labels(each.kind, each.column).set(each.limit)
    wanted = Gauge("model_retraining_wanted", "1 where this run asked for retraining", registry=registry)
    wanted.set(decision.retrain)
    checked = Gauge("model_drift_checked_timestamp_seconds", "When the windows were compared", registry=registry)
    checked.set(now.timestamp())
    write_to_textfile(str(path), registry)


def dataset(rows: pd.DataFrame, rated: bool = False) -> Dataset:
    """The rows as Evidently takes them; with outcomes where rated."""
    numbers = [*NUMBERS, "probability"]
    columns = [*NUMBERS, *CATEGORIES, "probability"] + (["improved"] if rated else [])
    table = rows[columns].astype(dict.fromkeys(numbers, float))
    # Evidently compares no column that it also takes for the prediction: it gets a copy.
    outcome = [BinaryClassification(target="improved", prediction_probas="score", pos_label=1)]
    return Dataset.from_pandas(
        table.assign(improved=table["improved"].astype(int), score=table["probability"]) if rated else table,
        DataDefinition(
            numerical_columns=numbers,
            categorical_columns=list(CATEGORIES),
            classification=outcome if rated else None,
        ),
    )


def _auc(rows: pd.DataFrame) -> float:
    return float(roc_auc_score(rows["improved"].astype(int), rows["probability"]))
