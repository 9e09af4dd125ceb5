"""What is said of a model's answers, with answers that are known beforehand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from therapy.evaluation import Evaluation, evaluate


def judged(rows: pd.DataFrame, probabilities: np.ndarray) -> Evaluation:
    answers = SimpleNamespace(probabilities=lambda _: probabilities, latency=lambda _: 1.0)
    return evaluate(answers, rows)


def test_answers_that_rank_right_wrong_and_alike(rows: pd.DataFrame) -> None:
    improved = rows["improved"].to_numpy().astype(float)
    assert judged(rows, improved).auc == 1
    assert judged(rows, 1 - improved).auc == 0
    assert judged(rows, np.full(len(rows), 0.5)).auc == 0.5
    assert judged(rows, improved).brier == 0


@pytest.mark.parametrize("improved", [True, False])
def test_sessions_that_all_ended_alike_are_ranked_no_better_than_by_chance(rows: pd.DataFrame, improved: bool) -> None:
    alike = rows[rows["improved"] == improved]
    found = judged(alike, np.linspace(0, 1, len(alike)))
    assert found.auc == 0.5
    assert {each.auc for each in found.segments} == {0.5}


def test_a_segment_s_recall_is_the_share_found_of_what_helped(rows: pd.DataFrame) -> None:
    improved = rows["improved"].to_numpy().astype(float)
    assert {each.recall for each in judged(rows, improved * 0.5).segments} == {1}
    assert {each.recall for each in judged(rows, improved * 0.49).segments} == {0}
