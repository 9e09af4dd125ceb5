"""The rows that a model is made and judged by."""

import hashlib
from dataclasses import dataclass

import pandas as pd

# Time decides which rows are learned from, which choose the settings and which judge: the newest judge.
LEARN, CHOOSE = 0.7, 0.85


@dataclass(frozen=True)
class Split:
    """The sessions in three parts that follow each other in time."""

    learn: pd.DataFrame
    choose: pd.DataFrame
    judge: pd.DataFrame


def split(rows: pd.DataFrame) -> Split:
    """Cuts by the order of the rows, which is that of their start."""
    learn, choose = int(len(rows) * LEARN), int(len(rows) * CHOOSE)
    return Split(rows[:learn], rows[learn:choose], rows[choose:])


def fingerprint(rows: pd.DataFrame) -> str:
    """The SHA-256 of the rows' values, whatever file they come from."""
    return hashlib.sha256(pd.util.hash_pandas_object(rows, index=False).to_numpy().tobytes()).hexdigest()
