"""What a model must be like before it may be registered."""

from dataclasses import dataclass
from math import isfinite

from therapy.evaluation import Evaluation
from therapy.features import COLUMNS


@dataclass(frozen=True)
class Policy:
    """The limits; why each is where it is, is in the README."""

    sessions_min: int = 500
    auc_min: float = 0.70
    auc_drop_max: float = 0.01
    segment_sessions_min: int = 50
    segment_auc_min: float = 0.65
    recall_gap_max: float = 0.2
    latency_ms_max: float = 20.0


class Refused(ValueError):
    """The model may not be registered; the message has every reason."""


def check(candidate: Evaluation, champion: Evaluation | None, policy: Policy | None = None) -> list[str]:
    """The reasons to refuse the candidate; none lets it pass."""
    policy = policy or Policy()
    reasons = []
    if candidate.columns != list(COLUMNS):
        reasons.append(f"schema: the model reads {candidate.columns}, callers send {list(COLUMNS)}")
    # A comparison with NaN is false, so that every limit below would let it pass.
    scores = {"AUC": candidate.auc, "latency": candidate.latency_ms}
    for each in candidate.segments:
        scores |= {f"AUC for {each.value}": each.auc, f"recall for {each.value}": each.recall}
    reasons += [f"quality: {name} is not a number" for name, score in scores.items() if not isfinite(score)]
    if candidate.sessions < policy.sessions_min:
        reasons.append(f"quality: judged by {candidate.sessions} sessions, at least {policy.sessions_min} are needed")
    if candidate.auc < policy.auc_min:
        reasons.append(f"quality: AUC {candidate.auc:.3f} is below {policy.auc_min}")
    if champion and candidate.auc < champion.auc - policy.auc_drop_max:
        reasons.append(
            f"quality: AUC {candidate.auc:.3f} is more than {policy.auc_drop_max} below "
            f"the champion's {champion.auc:.3f}"
        )
    judged = [each for each in candidate.segments if each.sessions >= policy.segment_sessions_min]
    for each in candidate.segments:
        if each not in judged:
            reasons.append(
                f"fairness: {each.column} {each.value} has {each.sessions} sessions, "
                f"at least {policy.segment_sessions_min} are needed"
            )
        elif each.auc < policy.segment_auc_min:
            reasons.append(
                f"fairness: AUC {each.auc:.3f} for {each.column} {each.value} is below {policy.segment_auc_min}"
            )
    recalls = {each.value: each.recall for each in judged if each.column == "age_group"}
    if recalls and max(recalls.values()) - min(recalls.values()) > policy.recall_gap_max:
        least, most = min(recalls, key=recalls.get), max(recalls, key=recalls.get)
        reasons.append(
            f"fairness: of the sessions that help, {recalls[most]:.2f} are found for {most} "
            f"and {recalls[least]:.2f} for {least}; the gap may be {policy.recall_gap_max}"
        )
    if candidate.latency_ms > policy.latency_ms_max:
        reasons.append(f"latency: 95 % within {candidate.latency_ms:.1f} ms, {policy.latency_ms_max} are allowed")
    return reasons


def enforce(candidate: Evaluation, champion: Evaluation | None, policy: Policy | None = None) -> None:
    """Throws `Refused` with everything that failed."""
    reasons = check(candidate, champion, policy)
    if reasons:
        raise Refused("model refused: " + "; ".join(reasons))
