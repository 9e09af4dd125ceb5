"""The model: gradient-boosted trees for the mean cost, balanced on the claims that they were fitted to."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from claims_model.training.claims import Claims

PARAMETERS = {"max_iter": 150, "max_leaf_nodes": 15, "learning_rate": 0.1, "min_samples_leaf": 120}


class CostModel:
    """Trees with gamma loss and a logarithmic link, times the factor that makes their total the claims' total.

    Trees with this loss fall short of the total, for they shrink the largest claims most; reserves may not.
    """

    def __init__(self, claims: Claims, seed: int) -> None:
        self.trees = HistGradientBoostingRegressor(
            loss="gamma", random_state=seed, early_stopping=False, **PARAMETERS
        ).fit(claims.rows, claims.cost)
        self.balance = float(claims.cost.sum() / self.trees.predict(claims.rows).sum())

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return each row's expected cost."""
        return self.trees.predict(rows) * self.balance
