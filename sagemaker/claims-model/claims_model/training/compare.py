"""Compares v2 with v1 on the supplied claims, split by time: `python -m claims_model.training.compare`.

Needs the monitor of sagemaker/pipeline on PYTHONPATH: scripts/compare.sh sets it.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor
from monitor.baseline import baseline
from monitor.captures import Prediction
from monitor.report import judge, quality, verdict

from claims_model.schema import FEATURES, NAMES, read
from claims_model.serving.supplied import SuppliedScorer
from claims_model.training import card
from claims_model.training.__main__ import SEED
from claims_model.training.claims import load, records
from claims_model.training.measures import TwoLines, deviance, measures, segments
from claims_model.training.model import CostModel, Parameters

TUNING_YEARS = range(2008, 2013)
JUDGED_YEARS = range(2013, 2016)
CANDIDATES = [
    Parameters(power, cap, half_life)
    for power in (1.5, 1.7)
    for cap in (250_000, math.inf)
    for half_life in (math.inf, 4, 2)
]
# The model whose drift is shown learns from the first five years.
DRIFT_TRAINED_TO = 2007
CAP = 50_000
_RESAMPLES = 1000

_RELEASED = Parameters()


class Comparison:
    """The supplied claims in both forms, with the models to compare."""

    def __init__(self, folder: Path) -> None:
        self.claims = load(folder / "claims.csv")
        read_claims = [read({name: each[name] for name in NAMES})[0] for each in records(folder / "claims.csv")]
        self.supplied = np.array(SuppliedScorer(folder / "model").costs(read_claims))
        # The rows of the supplied recipe, in the spelling that it was trained with.
        self._table = [
            [feature.unknown if value is None else value for feature, value in zip(FEATURES, claim)]
            for claim in read_claims
        ]

    def mean(self, train: np.ndarray) -> np.ndarray:
        """Predict the mean cost for every claim."""
        return np.full(len(self.claims.cost), self.claims.cost[train].mean())

    def two_lines(self, train: np.ndarray) -> np.ndarray:
        """Predict the mean cost by injury."""
        return TwoLines(self.claims.where(train)).predict(self.claims.rows)

    def recipe(self, train: np.ndarray) -> np.ndarray:
        """Predict with v1's recipe, fitted to these claims: its losses, tree counts, rates and seed."""
        cost = self.claims.cost
        rows = [row for row, chosen in zip(self._table, train) if chosen]
        large = cost > CAP
        common: dict[str, Any] = {
            "cat_features": [index for index, feature in enumerate(FEATURES) if feature.kind == "category"],
            "random_seed": 69,
            "thread_count": 2,
            "verbose": 0,
            "allow_writing_files": False,
        }
        attritional = CatBoostRegressor(
            loss_function="Tweedie:variance_power=1.99", iterations=551, learning_rate=0.03, **common
        ).fit(rows, np.minimum(cost, CAP)[train])
        probability = CatBoostClassifier(iterations=221, learning_rate=0.098275, **common).fit(
            rows, large[train].astype(int)
        )
        severity = (cost - CAP)[train & large].mean()
        return attritional.predict(self._table) + probability.predict_proba(self._table)[:, 1] * severity

    def v2(self, train: np.ndarray, parameters: Parameters = _RELEASED) -> np.ndarray:
        """Predict with v2, fitted to these claims."""
        return CostModel(self.claims.where(train), parameters, SEED).predict(self.claims.rows)

    def tune(self) -> list[dict[str, Any]]:
        """Measure each candidate on each tuning year, fitted to the years before it."""
        year = self.claims.year
        judged = np.isin(year, TUNING_YEARS)
        found = []
        fits: dict[str, Callable[[np.ndarray], np.ndarray]] = {
            str(each): lambda train, each=each: self.v2(train, each) for each in CANDIDATES
        }
        for name, fit in {**fits, "v1's recipe": self.recipe, "two lines": self.two_lines}.items():
            predicted = np.zeros(len(year))
            for one in TUNING_YEARS:
                predicted[year == one] = fit(year < one)[year == one]
            found.append({"candidate": name, **measures(self.claims.cost[judged], predicted[judged])})
        return found

    def judge(self) -> dict[str, Any]:
        """Measure all models on the judged years, with bootstrap intervals."""
        year = self.claims.year
        train, judged = year < JUDGED_YEARS[0], np.isin(year, JUDGED_YEARS)
        predicted = {
            "mean": self.mean(train),
            "two lines": self.two_lines(train),
            "v1 as supplied": self.supplied,
            "v1's recipe, refitted": self.recipe(train),
            "v2": self.v2(train),
        }
        late = self.claims.where(judged)
        predicted = {name: values[judged] for name, values in predicted.items()}
        random = np.random.default_rng(SEED)
        samples = [random.integers(0, len(late.cost), len(late.cost)) for _ in range(_RESAMPLES)]
        ours = deviance(late.cost, predicted["v2"])
        models = {}
        for name, values in predicted.items():
            gap = deviance(late.cost, values) - ours
            models[name] = {
                **measures(late.cost, values),
                "total_interval": _interval([values[each].sum() / late.cost[each].sum() for each in samples]),
                "worse_than_v2": round(float(gap.mean()), 2),
                "worse_interval": _interval([gap[each].mean() for each in samples]),
            }
        by_segment = [
            {
                "segment": name,
                "claims": int(chosen.sum()),
                "mean_cost": float(late.cost[chosen].mean()),
                **{
                    model: float(predicted[model][chosen].sum() / late.cost[chosen].sum())
                    for model in ("two lines", "v1's recipe, refitted", "v2")
                },
                "v2_interval": _interval(
                    [
                        predicted["v2"][each][chosen[each]].sum() / late.cost[each][chosen[each]].sum()
                        for each in samples
                    ]
                ),
            }
            for name, chosen in segments(late).items()
        ]
        return {
            "train_claims": int(train.sum()),
            "judged_claims": len(late.cost),
            "models": models,
            "segments": by_segment,
        }

    def drift(self) -> list[dict[str, Any]]:
        """Return what the monitor says of each year about a model of the first years, and what retraining gains."""
        year, cost = self.claims.year, self.claims.cost
        old = year <= DRIFT_TRAINED_TO
        decoded = [
            {feature.name: feature.decode(float(value)) for feature, value in zip(FEATURES, row)}
            for row in self.claims.rows
        ]
        described = [SimpleNamespace(name=each.name, kind=each.kind) for each in FEATURES]
        noted = baseline(described, [record for record, chosen in zip(decoded, old) if chosen])
        # On claims that the model has not seen: the last year of its period, predicted from the years before.
        last = year == DRIFT_TRAINED_TO
        noted["deviance"] = float(deviance(cost[last], self.v2(year < DRIFT_TRAINED_TO)[last]).mean())
        frozen = self.v2(old)
        found = []
        for one in range(DRIFT_TRAINED_TO + 1, int(year.max()) + 1):
            chosen = year == one
            items = [Prediction(None, str(place), decoded[place], frozen[place]) for place in np.flatnonzero(chosen)]
            inputs = judge(noted, items)
            report = quality(noted, items, {str(place): cost[place] for place in np.flatnonzero(chosen)})
            retrained = self.v2(year < one)
            found.append(
                {
                    "year": one,
                    "drifted": inputs["drifted"],
                    "verdict": verdict(inputs["drifted"], 0) or "",
                    "ratio": report["ratio"],
                    "frozen": measures(cost[chosen], frozen[chosen]),
                    "retrained": measures(cost[chosen], retrained[chosen]),
                }
            )
        return found

    def facts(self) -> dict[str, Any]:
        """Return what the card says of the data and of v1 on all of them."""
        year, cost = self.claims.year, self.claims.cost
        return {
            "claims": len(cost),
            "mean_cost": float(cost.mean()),
            "nil_share": float((cost == 0).mean()),
            "large": int((cost > CAP).sum()),
            "v1_mean": float(self.supplied.mean()),
            "years": [
                {
                    "year": int(one),
                    "claims": int((year == one).sum()),
                    "mean": float(cost[year == one].mean()),
                    "median": float(np.median(cost[year == one])),
                    "nil": float((cost[year == one] == 0).mean()),
                    "large": int((cost[year == one] > CAP).sum()),
                    "largest": float(cost[year == one].max()),
                }
                for one in np.unique(year)
            ],
        }


def _interval(values: list[float]) -> list[float]:
    return [float(each) for each in np.percentile(values, [2.5, 97.5])]


def main() -> int:
    parser = argparse.ArgumentParser(prog="claims_model.training.compare", description="Compare v2 with v1.")
    parser.add_argument("--supplied", type=Path, required=True, help="folder that scripts/supplied.sh filled")
    parser.add_argument("--out", type=Path, required=True, help="the model card to write")
    given = parser.parse_args()
    try:
        comparison = Comparison(given.supplied)
    except (OSError, ValueError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    tuning = comparison.tune()
    best = min(tuning, key=lambda each: each["deviance"])["candidate"]
    if best != str(Parameters()):
        print(f"compare: the tuning years choose {best!r}; make it the default of Parameters", file=sys.stderr)
        return 1
    found = {
        "facts": comparison.facts(),
        "tuning": tuning,
        "judged": comparison.judge(),
        "drift": comparison.drift(),
    }
    given.out.write_text(card.render(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
