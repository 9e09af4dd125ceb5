"""Compares what the service predicted lately with what the model predicted when it was trained.

Asks Prometheus for the increase within a window: lifetime counters fall with each restart, and weigh last year like
yesterday. Canaries are left out, whose requests are the judge's own. Ends with 1 when the mean prediction has moved
further than it may, and with 2 when there are too few predictions to say so.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.parse
import urllib.request
from pathlib import Path

METRIC = "claims_expected_cost_pounds"


def query(metric: str, deployment: str, window: str) -> str:
    """Return the PromQL of a metric's increase over all pods of a Deployment that serve."""
    return f'sum(increase({metric}{{namespace="claims", pod=~"{deployment}-.*", pod!~".*-canary-.*"}}[{window}]))'


def ask(address: str, text: str) -> float:
    """Return the value of a query; 0 where no pod has the metric."""
    url = f"{address}/api/v1/query?{urllib.parse.urlencode({'query': text})}"
    with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 - http and https only, see main
        result = json.load(response)["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


def main() -> None:
    """Ask, compare, say."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="example: drift.py --prometheus http://127.0.0.1:9090 --deployment claims-v2 --model model.json",
    )
    parser.add_argument("--prometheus", required=True, help="its address, http://…")
    parser.add_argument("--model", required=True, help="model.json of the version that runs")
    parser.add_argument("--deployment", required=True, help="whose pods are asked")
    parser.add_argument("--window", default="1d", help="how far back")
    parser.add_argument("--fewest", type=int, default=500, help="predictions below which nothing is said")
    parser.add_argument("--furthest", type=float, default=0.2, help="how far the mean may move, as a share of it")
    arguments = parser.parse_args()
    if not arguments.prometheus.startswith(("http://", "https://")):
        parser.error("--prometheus begins with http:// or https://")

    trained = json.loads(Path(arguments.model).read_text(encoding="utf-8"))["data"]["mean_prediction"]
    count = ask(arguments.prometheus, query(f"{METRIC}_count", arguments.deployment, arguments.window))
    if count < arguments.fewest:
        print(f"drift: {count:.0f} predictions are too few; it takes {arguments.fewest}", file=sys.stderr)
        sys.exit(2)
    mean = ask(arguments.prometheus, query(f"{METRIC}_sum", arguments.deployment, arguments.window)) / count
    moved = mean / trained - 1
    print(f"mean prediction {mean:.0f} over {count:.0f} claims, {trained:.0f} at training: moved by {moved:+.1%}")
    if abs(moved) > arguments.furthest:
        print(f"drift: that is more than {arguments.furthest:.0%}; train again", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
