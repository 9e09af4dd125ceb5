"""The gate: each limit with a model that keeps it and one that does not."""

from dataclasses import replace

import pytest
from therapy.evaluation import Evaluation, Segment
from therapy.features import COLUMNS
from therapy.gate import Refused, check, enforce

AGES = [Segment("age_group", "18-34", 400, 0.8, 0.8), Segment("age_group", "55+", 200, 0.8, 0.8)]
GOOD = Evaluation(1000, 0.8, 0.2, [*AGES, Segment("programme", "calm", 300, 0.8, 0.8)], 1.0, list(COLUMNS))


def with_age(**changes: object) -> Evaluation:
    """The good model, worse for those over 54."""
    return replace(GOOD, segments=[AGES[0], replace(AGES[1], **changes)])


def test_a_good_model_passes_with_and_without_a_champion() -> None:
    enforce(GOOD, None)
    enforce(GOOD, replace(GOOD, auc=0.805))


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (replace(GOOD, auc=0.69), "quality: AUC 0.690 is below 0.7"),
        (replace(GOOD, sessions=499), "quality: judged by 499 sessions"),
        (with_age(auc=0.64), r"fairness: AUC 0.640 for age_group 55\+"),
        (with_age(sessions=49), r"fairness: age_group 55\+ has 49 sessions"),
        (with_age(recall=0.55), r"fairness: of the sessions that help, 0.80 are found for 18-34 and 0.55 for 55\+"),
        (replace(GOOD, latency_ms=21.0), "latency: 95 % within 21.0 ms"),
        (replace(GOOD, columns=list(COLUMNS[::-1])), "schema: "),
    ],
)
def test_a_model_that_breaks_a_limit_is_refused_by_that_reason_alone(candidate: Evaluation, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        enforce(candidate, None)
    assert len(check(candidate, None)) == 1


def test_a_model_worse_than_the_champion_is_refused() -> None:
    with pytest.raises(Refused, match=r"more than 0.01 below the champion's 0.820"):
        enforce(GOOD, replace(GOOD, auc=0.82))


def test_every_reason_is_named() -> None:
    assert len(check(replace(GOOD, auc=0.5, latency_ms=99.0), GOOD)) == 3


def test_a_score_that_is_no_number_does_not_slip_through() -> None:
    nan = float("nan")
    assert check(replace(GOOD, auc=nan), None)
    assert check(replace(GOOD, latency_ms=nan), None)
    assert check(with_age(auc=nan), None)
    assert check(with_age(recall=nan), None)
