"""How good a model is, in all and by segment, on sessions that no model has learned from."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss, roc_auc_score

from therapy.features import COLUMNS, matrix
from therapy.model import ReliefModel

SEGMENTS = ("age_group", "programme")


@dataclass(frozen=True)
class Segment:
    """One group of sessions: how well it is ranked, and how many of those that helped were found."""

    column: str
    value: str
    sessions: int
    auc: float
    recall: float


@dataclass(frozen=True)
class Evaluation:
    """All that the gate looks at."""

    sessions: int
    auc: float
    brier: float
    segments: list[Segment]
    latency_ms: float
    columns: list[str]

    def to_dict(self) -> dict:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "Evaluation":
        """The evaluation that `to_dict` wrote."""
        return cls(**{**values, "segments": [Segment(**each) for each in values["segments"]]})


def evaluate(model: ReliefModel, rows: pd.DataFrame) -> Evaluation:
    """Judges the model by the rows."""
    inputs = matrix(rows)
    given = model.probabilities(inputs)
    outcome = rows["improved"].to_numpy()
    segments = []
    for column in SEGMENTS:
        for value in sorted(rows[column].unique()):
            here = (rows[column] == value).to_numpy()
            segments.append(
                Segment(
                    column,
                    value,
                    int(here.sum()),
                    _auc(outcome[here], given[here]),
                    float((given[here & outcome] >= 0.5).mean()) if (here & outcome).any() else 0.0,
                )
            )
    return Evaluation(
        sessions=len(rows),
        auc=_auc(outcome, given),
        brier=float(brier_score_loss(outcome, given)),
        segments=segments,
        latency_ms=model.latency(inputs),
        columns=list(COLUMNS),
    )


def _auc(outcome: np.ndarray, given: np.ndarray) -> float:
    # With one outcome only there is nothing to rank: no better than chance.
    return float(roc_auc_score(outcome, given)) if 0 < outcome.sum() < len(outcome) else 0.5
