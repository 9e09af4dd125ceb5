"""Judging a canary: what rolls it back."""

import pytest
from therapy.canary import Answers, judge

STABLE = Answers(0, (10.0,) * 500, (0.5,) * 500)


def canary(failed: int = 0, milliseconds: float = 12.0, probability: float = 0.55, count: int = 100) -> Answers:
    """A good one, but for what is changed."""
    return Answers(failed, (milliseconds,) * (count - failed), (probability,) * (count - failed))


@pytest.mark.parametrize("good", [canary(), canary(failed=1), canary(milliseconds=49), canary(probability=0.79)])
def test_a_canary_within_the_limits_goes_on(good: Answers) -> None:
    assert judge(STABLE, good) == []


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (canary(failed=2), "2.0% of the canary's answers failed"),
        (canary(failed=100), "100.0% of the canary's answers failed"),
        (canary(milliseconds=60), "95 % within 60 ms, stable within 10 ms, allowed are 50"),
        (canary(probability=0.9), "mean answer 0.40 apart"),
        (canary(probability=float("nan")), "mean answer nan apart"),
        (canary(count=49), "canary answered 49 requests; 50 are needed"),
    ],
)
def test_a_canary_beyond_a_limit_is_rolled_back(bad: Answers, reason: str) -> None:
    assert reason in judge(STABLE, bad)[0]


def test_a_slow_minute_that_slows_both_is_nobodys_fault() -> None:
    slow = Answers(0, (200.0,) * 500, (0.5,) * 500)
    assert judge(slow, canary(milliseconds=400)) == []
    assert "allowed are 600" in judge(slow, canary(milliseconds=700))[0]


def test_without_a_stable_version_to_compare_with_nothing_goes_on() -> None:
    assert judge(Answers(0, ()), canary()) == ["stable answered 0 requests; 50 are needed to judge"]
