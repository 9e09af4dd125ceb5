"""Compares a live window with the reference, reports, and starts retraining at most once in a cool-down.

python -m therapy.drift_job --reference reference.parquet --live live.parquet --out reports \\
  --tracking-uri http://mlflow:5000 --model relief -- python pipeline.py run …

What follows `--` starts the retraining. Ends with 0 where there was nothing to do or it was done.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from therapy.drift import Decision, compare, decide, write_metrics
from therapy.registry import Registry

STARTED = "retraining_started_at"


def retrain_once(
    registry: Registry, decide_by: Callable[[datetime | None], Decision], now: datetime, start: list[str]
) -> Decision:
    """Starts the retraining if the decision is to, and remembers that, so that the next run cools down.

    The start is written down first: a job killed in between starts one too few, never one too many. A start that
    fails is taken back, and the next run tries again.
    """
    tags = registry.client.get_registered_model(registry.name).tags
    before = tags.get(STARTED)
    decision = decide_by(datetime.fromisoformat(before) if before else None)
    if decision.retrain and start:
        registry.client.set_registered_model_tag(registry.name, STARTED, now.isoformat())
        # The command is the operator's own, from the job's manifest.
        if subprocess.run(start, check=False).returncode != 0:  # noqa: S603 no shell, and nobody else chooses it
            if before:
                registry.client.set_registered_model_tag(registry.name, STARTED, before)
            else:
                registry.client.delete_registered_model_tag(registry.name, STARTED)
            raise RuntimeError(f"retraining failed: {' '.join(start)[:200]}")
    return decision


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, required=True, help="sessions the champion was judged by, parquet")
    parser.add_argument("--live", type=Path, required=True, help="sessions served since, with probability, parquet")
    parser.add_argument("--out", type=Path, required=True, help="folder for drift.html and drift.prom")
    parser.add_argument("--tracking-uri", required=True)
    parser.add_argument("--model", required=True, help="name of the registered model")
    parser.add_argument("--cool-down-hours", type=float, default=168)
    parser.add_argument("start", nargs="*", help="command that starts the retraining, after --")
    given = parser.parse_args()
    for file in (given.reference, given.live):
        if not file.is_file():
            parser.error(f"{file} is missing")
    given.out.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    findings = compare(pd.read_parquet(given.reference), pd.read_parquet(given.live), given.out / "drift.html")
    cool_down = timedelta(hours=given.cool_down_hours)
    try:
        decision = retrain_once(
            Registry(given.model, given.tracking_uri),
            lambda before: decide(findings, before, now, cool_down),
            now,
            given.start,
        )
    except RuntimeError as error:
        print(f"drift: {error}", file=sys.stderr)
        write_metrics(given.out / "drift.prom", findings, Decision(True, str(error)), now)
        return 1
    write_metrics(given.out / "drift.prom", findings, decision, now)
    print(decision.reason)
    return 0


if __name__ == "__main__":
    sys.exit(main())
