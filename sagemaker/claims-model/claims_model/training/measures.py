"""Measures of predictions against final costs."""

from __future__ import annotations

import numpy as np

from claims_model.schema import NAMES
from claims_model.training.claims import Claims


def deviance(cost: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return each claim's Tweedie deviance for the power 1.5, which is defined where a claim costs nothing."""
    return 4 * (np.sqrt(predicted) - np.sqrt(cost)) ** 2 / np.sqrt(predicted)


def gini(cost: np.ndarray, predicted: np.ndarray) -> float:
    """Return how well predictions rank costs: 1 for the perfect order, 0 for none."""

    def area(order: np.ndarray) -> float:
        sorted_cost = cost[order]
        places = np.arange(1, len(cost) + 1)
        return float(2 * (places * sorted_cost).sum() / (len(cost) * sorted_cost.sum()) - (len(cost) + 1) / len(cost))

    return area(np.argsort(predicted, kind="stable")) / area(np.argsort(cost, kind="stable"))


def measures(cost: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Return the measures of one prediction."""
    return {
        "deviance": round(float(deviance(cost, predicted).mean()), 2),
        "mean_absolute_error": round(float(np.abs(predicted - cost).mean()), 1),
        "gini": round(gini(cost, predicted), 4),
        "total_to_actual": round(float(predicted.sum() / cost.sum()), 4),
    }


def segments(claims: Claims) -> dict[str, np.ndarray]:
    """Return masks of the segments that reserves are reported by."""

    def column(name: str) -> np.ndarray:
        return claims.rows[:, NAMES.index(name)]

    hurt = column("TP_injury_whiplash") + column("TP_injury_traumatic") + column("TP_injury_fatality")
    return {
        **{f"loss in {year}": claims.year == year for year in np.unique(claims.year)},
        "no injury named": hurt == 0,
        "one person injured": hurt == 1,
        "two or more injured": hurt >= 2,
        "vehicle mobile": column("Vehicle_mobile") == 1,
        "vehicle not mobile": column("Vehicle_mobile") == 0,
        "reported within 2 days": column("Notification_period") <= 2,
        "reported later": column("Notification_period") > 2,
    }


class TwoLines:
    """The baseline: the mean cost of claims with the same number of injured people and the same answer on details."""

    def __init__(self, claims: Claims) -> None:
        keys = self._keys(claims.rows)
        self._overall = claims.cost.mean()
        self._means = {key: claims.cost[keys == key].mean() for key in np.unique(keys)}

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the mean of each row's group."""
        return np.array([self._means.get(key, self._overall) for key in self._keys(rows)])

    @staticmethod
    def _keys(rows: np.ndarray) -> np.ndarray:
        hurt = rows[:, NAMES.index("TP_injury_whiplash")] + rows[:, NAMES.index("TP_injury_traumatic")]
        return np.minimum(hurt, 2) * 10 + rows[:, NAMES.index("Injury_details_present")]
