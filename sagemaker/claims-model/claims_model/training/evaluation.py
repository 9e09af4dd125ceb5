"""How good a prediction is: overall, by segment, against a baseline, and against the known expectation."""

from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from claims_model.schema import FEATURES, NAMES
from claims_model.training.claims import Claims, column

_BASELINE = ("incident_type", "damage", "injury")
# Segments smaller than this say more about chance than about the model.
_SEGMENT_MINIMUM = 300


class SegmentMeans:
    """The baseline: a claim costs what claims of the same incident, damage and injury cost on average."""

    description = "mean cost by " + ", ".join(_BASELINE)

    def __init__(self, claims: Claims) -> None:
        self._overall = claims.cost.mean()
        keys = self._keys(claims.rows)
        self._means = {key: claims.cost[keys == key].mean() for key in np.unique(keys)}

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the mean of each row's segment, or of all claims where the training saw none of it."""
        return np.array([self._means.get(key, self._overall) for key in self._keys(rows)])

    @staticmethod
    def _keys(rows: np.ndarray) -> np.ndarray:
        return sum(column(rows, name) * 100**place for place, name in enumerate(_BASELINE))


def gamma_deviance(cost: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean gamma deviance: the likelihood that costs with a constant variation are judged by."""
    return float(2 * np.mean(np.log(predicted / cost) + cost / predicted - 1))


def quality(claims: Claims, predicted: np.ndarray) -> dict[str, float]:
    """Return the measures of one prediction, rounded to what is worth reading."""
    error = predicted - claims.cost
    return {
        "gamma_deviance": round(gamma_deviance(claims.cost, predicted), 4),
        "mean_absolute_error": round(float(np.abs(error).mean()), 1),
        "root_mean_squared_error": round(float(np.sqrt((error**2).mean())), 1),
        "total_to_actual": round(float(predicted.sum() / claims.cost.sum()), 4),
        "distance_to_expectation": round(float(np.abs(predicted - claims.expected).sum() / claims.expected.sum()), 4),
    }


def evaluate(claims: Claims, model: np.ndarray, baseline: np.ndarray) -> dict[str, Any]:
    """Return all measures of a model's and a baseline's predictions for the same claims."""
    overall = {
        "model": quality(claims, model),
        "baseline": quality(claims, baseline),
        "known_expectation": quality(claims, claims.expected),
    }
    deviance = {name: measures["gamma_deviance"] for name, measures in overall.items()}
    gap = deviance["baseline"] - deviance["known_expectation"]
    return {
        "overall": overall,
        "gap_closed": round((deviance["baseline"] - deviance["model"]) / gap, 4),
        "segments": [
            {
                "field": field,
                "value": value,
                "claims": int(chosen.sum()),
                "mean_cost": round(float(claims.cost[chosen].mean()), 1),
                "total_to_actual": round(float(model[chosen].sum() / claims.cost[chosen].sum()), 4),
                "mean_absolute_error": round(float(np.abs(model - claims.cost)[chosen].mean()), 1),
                "baseline_mean_absolute_error": round(float(np.abs(baseline - claims.cost)[chosen].mean()), 1),
            }
            for field, value, chosen in _segments(claims.rows)
        ],
    }


def shortcomings(metrics: dict[str, Any]) -> list[str]:
    """Return why a model must not be released, judged without the expectation that only this generator knows."""
    found = []
    model, baseline = metrics["overall"]["model"], metrics["overall"]["baseline"]
    if not model["gamma_deviance"] <= 0.9 * baseline["gamma_deviance"]:
        found.append(
            f"its gamma deviance of {model['gamma_deviance']} is not a tenth below"
            f" the baseline's {baseline['gamma_deviance']}"
        )
    if not 0.95 <= model["total_to_actual"] <= 1.05:
        found.append(f"it predicts {model['total_to_actual']:.1%} of the total cost, which is more than 5% off")
    found += [
        f"it predicts {segment['total_to_actual']:.1%} of the cost where {segment['field']} is {segment['value']},"
        " which is more than 15% off"
        for segment in metrics["segments"]
        if segment["claims"] >= _SEGMENT_MINIMUM and not 0.85 <= segment["total_to_actual"] <= 1.15
    ]
    return found


def _segments(rows: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    for name in ("incident_type", "liability", "injury", "region"):
        for code, category in enumerate(FEATURES[NAMES.index(name)].categories):
            yield name, category, column(rows, name) == code
    age, speed = column(rows, "driver_age"), column(rows, "speed_mph")
    yield "driver_age", "under 25", age < 25
    yield "driver_age", "25 to 69", (age >= 25) & (age < 70)
    yield "driver_age", "70 and over", age >= 70
    yield "driver_age", "unknown", np.isnan(age)
    yield "speed_mph", "unknown", np.isnan(speed)
