"""Judges inputs field by field, and predictions where costs are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.captures import Prediction
from monitor.statistics import (
    bin_counts,
    jensen_shannon_distance,
    kolmogorov_smirnov,
    population_stability_index,
    tweedie_deviance,
)

# 0.2 is where the usual reading of PSI begins to speak of a major shift. Sampling alone gives PSI about
# (bins - 1) * (1/n + 1/m): 0.02 for 500 claims in ten bins.
LIMITS = {"psi": 0.2, "ks": 0.15, "js": 0.15, "missing": 0.1}
# Of the deviance, against that on the window that the model was judged on.
QUALITY_LIMIT = 1.1
MINIMUM_RECORDS = 200
MINIMUM_OUTCOMES = 200


class TooFew(Exception):
    """Fewer claims were captured than a judgement needs."""


def judge(baseline: dict[str, Any], found: Sequence[Prediction]) -> dict[str, Any]:
    """Compare the inputs of predictions with the baseline."""
    if len(found) < MINIMUM_RECORDS:
        raise TooFew(f"{len(found)} claims were captured, and {MINIMUM_RECORDS} are needed")
    features = {
        name: _compare(noted, [prediction.claim.get(name) for prediction in found])
        for name, noted in baseline["features"].items()
    }
    return {
        "records": len(found),
        "features": features,
        "drifted": sorted(name for name, measured in features.items() if measured["over"]),
    }


def _compare(noted: dict[str, Any], values: Sequence[Any]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    measured: dict[str, Any] = {"missing": abs(1 - len(known) / len(values) - noted["missing"])}
    if known and noted["kind"] == "number":
        measured["psi"] = population_stability_index(noted["counts"], bin_counts(noted["edges"], known))
        measured["ks"] = kolmogorov_smirnov(noted["sample"], known)
    elif known:
        texts = [str(value) for value in known]
        # A category that training never saw is a bin of its own, empty there.
        categories = sorted({*noted["counts"], *texts})
        expected = [noted["counts"].get(name, 0) for name in categories]
        measured["js"] = jensen_shannon_distance(expected, [texts.count(name) for name in categories])
    measured = {name: round(value, 4) for name, value in measured.items()}
    measured["over"] = sorted(name for name, limit in LIMITS.items() if measured.get(name, 0) > limit)
    return measured


def quality(baseline: dict[str, Any], found: Sequence[Prediction], outcomes: Mapping[str, float]) -> dict[str, Any]:
    """Compare predictions with outcomes, by the id of their request."""
    joined = [(outcomes[item.inference], item.expected_cost) for item in found if item.inference in outcomes]
    if len(joined) < MINIMUM_OUTCOMES or "deviance" not in baseline:
        return {"outcomes": len(joined)}
    deviance = tweedie_deviance([cost for cost, _ in joined], [predicted for _, predicted in joined])
    total = sum(cost for cost, _ in joined)
    return {
        "outcomes": len(joined),
        "deviance": round(deviance, 4),
        "ratio": round(deviance / baseline["deviance"], 4),
        # Claims that all cost nothing have no total to compare with.
        "total_to_actual": round(sum(guess for _, guess in joined) / total, 4) if total else None,
    }


def verdict(drifted: Sequence[str], ratio: float) -> str | None:
    """Return why the model needs retraining; None where it does not."""
    reasons = []
    if drifted:
        reasons.append(f"{', '.join(drifted)} drifted")
    if ratio > QUALITY_LIMIT:
        reasons.append(f"predictions are {ratio - 1:.0%} worse than at training time")
    return "; ".join(reasons) or None
