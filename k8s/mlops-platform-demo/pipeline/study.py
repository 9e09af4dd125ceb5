"""Which drifts are found, how fast, and how often an alarm is false: the figures in the README, as Markdown.

python study.py [--lives 8]
"""

import argparse
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from evidently import Report
from evidently.metrics import ValueDrift
from sklearn.ensemble import GradientBoostingClassifier
from therapy import drift
from therapy.dataset import split
from therapy.feature_store import ListenerFeatures
from therapy.features import matrix
from therapy.sessions import Drift, make_sessions

WEEKS = 3
BEFORE = 28
LATER = "2026-03-06"


def rows_of(folder: Path, *made: object, **options: object) -> pd.DataFrame:
    """Sessions with their listeners' history as of their start."""
    sessions = make_sessions(*made, **options)
    store = ListenerFeatures(folder)
    store.write(sessions)
    return store.at_start(sessions)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lives", type=int, default=5, help="how many times each drift is made, with other seeds")
    lives = parser.parse_args().lives
    warnings.filterwarnings("ignore")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        parts = split(rows_of(folder, 1, 60))
        known = pd.concat([parts.learn, parts.choose])
        model = GradientBoostingClassifier(random_state=1, subsample=0.8).fit(matrix(known), known["improved"])

        def rated(rows: pd.DataFrame) -> pd.DataFrame:
            return rows.assign(probability=model.predict_proba(matrix(rows))[:, 1])

        reference = rated(parts.judge)

        def weeks(seed: int, change: Drift) -> list[pd.DataFrame]:
            rows = rated(rows_of(folder, seed, BEFORE + 7 * WEEKS, first_day=LATER, drift=change))
            day = (rows["started_at"] - pd.Timestamp(LATER, tz="UTC")).dt.days
            return [rows[(day >= BEFORE + 7 * week) & (day < BEFORE + 7 * (week + 1))] for week in range(WEEKS)]

        print("| Drift | Size | Found | Weeks until found | Data | Prediction | Performance |")
        print("|---|---|---|---|---|---|---|")
        calm = [week for seed in range(3 * lives) for week in weeks(100 + seed, Drift())]
        quiet = [drift.compare(reference, week) for week in calm]
        for kind in ("tempo", "audience", "sensor", "taste"):
            for size in (0.1, 0.25, 0.5, 1.0):
                delays, by_kind = [], {"data": 0, "prediction": 0, "performance": 0}
                for seed in range(lives):
                    seen = [drift.compare(reference, week) for week in weeks(200 + seed, Drift(kind, size, BEFORE))]
                    alarmed = [number for number, found in enumerate(seen, 1) if any(each.drifted for each in found)]
                    delays += alarmed[:1]
                    for name in by_kind:
                        by_kind[name] += any(each.drifted for found in seen for each in found if each.kind == name)
                share = " | ".join(f"{count}/{lives}" for count in by_kind.values())
                delay = f"{np.mean(delays):.1f}" if delays else "-"
                print(f"| {kind} | {size} | {len(delays)}/{lives} | {delay} | {share} |", flush=True)
        print(
            f"\nWithout drift, {len(quiet)} weeks: {sum(any(e.drifted for e in week) for week in quiet)} false alarms."
        )
        for name in ("data", "prediction", "performance"):
            scores = [max(e.score for e in week if e.kind == name) for week in quiet]
            print(f"- largest {name} score of a quiet week: median {np.median(scores):.3f}, most {max(scores):.3f}")
        naive = 0
        columns = (*drift.NUMBERS, *drift.CATEGORIES, "probability")
        for week in calm:
            tests = [
                ValueDrift(column=name, method="chisquare" if name in drift.CATEGORIES else "ks", threshold=0.05)
                for name in columns
            ]
            found = Report(tests).run(drift.dataset(week), drift.dataset(reference)).dict()["metrics"]
            naive += any(each["value"] < 0.05 for each in found)
        print(f"- with a test at p < 0.05 for each of {len(columns)} columns instead: {naive} of {len(quiet)} weeks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
