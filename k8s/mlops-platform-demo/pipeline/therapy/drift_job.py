"""Compares what the champion was asked with what it was judged by, and starts retraining once in a cool-down.

python -m therapy.drift_job --store s3://bucket/relief --tracking-uri http://mlflow:5000 --model relief \\
  -- python pipeline.py submit …

What follows `--` starts the retraining. Ends with 0 where there was nothing to do or it was done.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from therapy import windows
from therapy.drift import Decision, compare, decide, write_metrics
from therapy.registry import CHAMPION, Registry
from therapy.store import Store, open_store

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
    parser.add_argument("--store", required=True, help="s3://BUCKET/PREFIX or a folder; see therapy.store")
    parser.add_argument("--window-days", type=int, default=7, help="days of sessions to compare; default: 7")
    parser.add_argument("--tracking-uri", required=True)
    parser.add_argument("--model", required=True, help="name of the registered model")
    parser.add_argument("--cool-down-hours", type=float, default=168)
    parser.add_argument("start", nargs="*", help="command that starts the retraining, after --")
    given = parser.parse_args()
    store, registry = open_store(given.store), Registry(given.model, given.tracking_uri)
    with TemporaryDirectory() as folder:
        return check(store, registry, Path(folder), given)


def check(store: Store, registry: Registry, folder: Path, given: argparse.Namespace) -> int:
    """One run: compares, decides, and writes report and metrics to the store, also where the start failed."""
    champion = registry.version(CHAMPION)
    if champion is None:
        print(f"drift: the model '{registry.name}' has no champion to judge", file=sys.stderr)
        return 1
    number = str(champion.version)
    try:
        tables = windows.reference(store, number), windows.live(store, number, given.window_days)
    except ValueError as error:
        print(f"drift: {error}", file=sys.stderr)
        return 1
    now, code = datetime.now(UTC), 0
    findings = compare(*tables, folder / "drift.html")
    cool_down = timedelta(hours=given.cool_down_hours)
    try:
        decision = retrain_once(registry, lambda before: decide(findings, before, now, cool_down), now, given.start)
    except RuntimeError as error:
        print(f"drift: {error}", file=sys.stderr)
        decision, code = Decision(True, str(error)), 1
    write_metrics(folder / "drift.prom", findings, decision, now)
    for name in ("drift.html", "drift.prom"):
        store.write(f"drift/{name}", (folder / name).read_bytes())
    if code == 0:
        print(decision.reason)
    return code


if __name__ == "__main__":
    sys.exit(main())
