"""Compares challenger and champion on claims that neither was trained on."""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
from pathlib import Path

from claims_model.serving.scorer import Scorer

from monitor.statistics import tweedie_deviance
from steps import prepared


def load(folder: Path) -> Scorer:
    """Load the model of the archive in `folder`; the service's own loader refuses what it would not serve."""
    with tarfile.open(folder / "model.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return Scorer(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="steps.evaluate", description=__doc__)
    for name in ("holdout", "challenger", "champion", "evaluation"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    try:
        claims = prepared.read(given.holdout)
        measured = {}
        for role in ("challenger", "champion"):
            model = load(getattr(given, role))
            predicted = model.predict(claims.rows.tolist())
            measured[role] = {"version": model.version, "deviance": tweedie_deviance(claims.cost.tolist(), predicted)}
    except (OSError, ValueError, tarfile.TarError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    ratio = measured["challenger"]["deviance"] / measured["champion"]["deviance"]
    report = {
        "regression_metrics": {
            "tweedie_deviance": {"value": measured["challenger"]["deviance"]},
            "deviance_ratio": {"value": round(ratio, 4)},
        },
        "claims": len(claims.cost),
        **measured,
    }
    given.evaluation.mkdir(parents=True, exist_ok=True)
    (given.evaluation / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"challenger {ratio:.3f} of the champion's deviance")
    return 0


if __name__ == "__main__":
    sys.exit(main())
