"""Compares challenger and champion on the newest labelled window, which neither was trained on."""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from claims_model.serving.scorer import Scorer

from monitor.statistics import tweedie_deviance
from steps import claims


def load(folder: Path) -> Scorer:
    """Load the model of the archive in `folder`; the service's own loader refuses what it would not serve."""
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(folder / "model.tar.gz") as archive:
        archive.extractall(scratch, filter="data")
        return Scorer(Path(scratch))


def evaluate(window: Path, challenger: Path, champion: Path | None) -> dict[str, Any]:
    """Return the report that the pipeline's condition and the registry read."""
    known = claims.rows(claims.load(window))
    measured: dict[str, dict[str, Any]] = {}
    for role, folder in (("challenger", challenger), ("champion", champion)):
        if folder:
            model = load(folder)
            deviance = tweedie_deviance(known.cost.tolist(), model.predict(known.rows.tolist()))
            measured[role] = {"version": model.version, "deviance": deviance}
    metrics = {"tweedie_deviance": {"value": measured["challenger"]["deviance"]}}
    if champion:
        ratio = measured["challenger"]["deviance"] / measured["champion"]["deviance"]
        metrics["deviance_ratio"] = {"value": round(ratio, 4)}
    return {"regression_metrics": metrics, "claims": len(known.cost), **measured}


def main() -> int:
    parser = argparse.ArgumentParser(prog="steps.evaluate", description=__doc__)
    parser.add_argument("--window", type=Path, required=True)
    parser.add_argument("--challenger", type=Path, required=True)
    parser.add_argument("--champion", type=Path, help="none for the first model")
    parser.add_argument("--evaluation", type=Path, required=True)
    given = parser.parse_args()
    try:
        report = evaluate(given.window, given.challenger, given.champion)
    except (OSError, ValueError, tarfile.TarError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    given.evaluation.mkdir(parents=True, exist_ok=True)
    (given.evaluation / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report["regression_metrics"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
