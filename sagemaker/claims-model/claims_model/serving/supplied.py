"""Scores claims with the supplied models, v1: attritional cost + P(large) x large severity."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Sequence

from catboost import CatBoostClassifier, CatBoostRegressor

from claims_model.schema import FEATURES, NAMES

ATTRITIONAL = "fnol_attritional_model.cbm"
# The supplied scoring script asks for this model under another name; the file keeps the name that it was supplied with.
LARGE = "fnol_large_model.cbm"


class SuppliedScorer:
    """The supplied models, with the two files that `scripts/supplied.sh` rebuilds from the data."""

    name = "claims-supplied"
    source = "supplied"

    def __init__(self, folder: Path) -> None:
        """Load the models from `folder`. Raises `ValueError` if they are not those that model_meta_data.json names."""
        try:
            meta = json.loads((folder / "model_meta_data.json").read_bytes())
            self._severity = float(json.loads((folder / "large_severity.json").read_bytes())["large_severity"])
            for file in (ATTRITIONAL, LARGE):
                if hashlib.sha256((folder / file).read_bytes()).hexdigest() != meta["sha256"][file]:
                    raise ValueError(f"{file} does not have the SHA-256 that model_meta_data.json names")
            self.version: str = meta["version"]
        except OSError as error:
            raise ValueError(f"{error.filename}: {error.strerror}; scripts/supplied.sh makes it") from error
        except KeyError as error:
            raise ValueError(f"model_meta_data.json or large_severity.json lacks {error}") from error
        self._attritional = CatBoostRegressor().load_model(str(folder / ATTRITIONAL))
        self._large = CatBoostClassifier().load_model(str(folder / LARGE))
        for model in (self._attritional, self._large):
            if tuple(model.feature_names_) != NAMES:
                raise ValueError("the supplied models have other fields than this service")

    def parts(self, claims: Sequence[Sequence[Any]]) -> tuple[list[float], list[float]]:
        """Return the attritional cost and the probability of a large cost of each claim."""
        # Each value keeps its type. CatBoost silently scores an unseen category: unknown is spelt as in the training.
        rows = [
            [feature.unknown if value is None else value for feature, value in zip(FEATURES, claim)] for claim in claims
        ]
        attritional = self._attritional.predict(rows, thread_count=1)
        large = self._large.predict_proba(rows, thread_count=1)[:, 1]
        return attritional.tolist(), large.tolist()

    def costs(self, claims: Sequence[Sequence[Any]]) -> list[float]:
        """Return the expected cost in pounds of each claim that `schema.read` returned."""
        return [cost + probability * self._severity for cost, probability in zip(*self.parts(claims))]

    def answer(self, costs: list[float]) -> dict[str, Any]:
        """Return the JSON answer for the costs of a request's claims, as the supplied scoring script does."""
        return {"result": costs}
