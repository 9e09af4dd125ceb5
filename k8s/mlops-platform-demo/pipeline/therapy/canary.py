"""May the canary take more of the traffic? Judged by what both versions answered at the same time."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Answers:
    """What one version answered: how many requests, how many of them failed, how long the others took."""

    failed: int
    milliseconds: tuple[float, ...]
    probabilities: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """All requests, failed ones too."""
        return self.failed + len(self.milliseconds)

    @property
    def p95(self) -> float:
        """The milliseconds within which 95 % were answered."""
        return float(np.percentile(self.milliseconds, 95)) if self.milliseconds else float("inf")


@dataclass(frozen=True)
class Limits:
    """How far the canary may be from the stable version."""

    requests_min: int = 50
    failed_share_max: float = 0.01
    # Both run on the same machine at the same time: a slow minute slows both, and the ratio stays.
    p95_ratio_max: float = 3.0
    p95_ms_free: float = 50.0
    mean_difference_max: float = 0.3


def judge(stable: Answers, canary: Answers, limits: Limits | None = None) -> list[str]:
    """The reasons to roll the canary back; none lets it go on. Too few requests are a reason too."""
    limits = limits or Limits()
    for name, answers in (("stable", stable), ("canary", canary)):
        if answers.count < limits.requests_min:
            return [f"{name} answered {answers.count} requests; {limits.requests_min} are needed to judge"]
    reasons = []
    share = canary.failed / canary.count
    if share > limits.failed_share_max:
        reasons.append(f"{share:.1%} of the canary's answers failed, {limits.failed_share_max:.0%} are allowed")
    allowed = max(limits.p95_ms_free, limits.p95_ratio_max * stable.p95)
    if canary.p95 > allowed:
        reasons.append(f"95 % within {canary.p95:.0f} ms, stable within {stable.p95:.0f} ms, allowed are {allowed:.0f}")
    if stable.probabilities and canary.probabilities:
        difference = abs(float(np.mean(canary.probabilities)) - float(np.mean(stable.probabilities)))
        if not difference <= limits.mean_difference_max:
            reasons.append(f"mean answer {difference:.2f} apart, {limits.mean_difference_max} are allowed")
    return reasons
