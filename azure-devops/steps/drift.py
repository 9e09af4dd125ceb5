"""Compares what the service predicted with what the model predicted when it was trained.

Reads the service's metrics, one file for each pod. Ends with 1 when the mean prediction has moved further than it
may, and with 2 when there are too few predictions to say so.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path


def total(texts: list[str], name: str) -> float:
    """Return the sum of a metric over all pods and labels."""
    lines = re.compile(rf"^{re.escape(name)}(?:\{{[^}}]*\}})? (\S+)$", re.MULTILINE)
    return sum(float(value) for text in texts for value in lines.findall(text))


def main() -> None:
    """Read, compare, say."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: drift.py --metrics pod-1.txt --metrics pod-2.txt --model model.json"
    )
    parser.add_argument("--metrics", action="append", required=True, help="what /metrics of a pod says")
    parser.add_argument("--model", required=True, help="model.json of the version that runs")
    parser.add_argument("--fewest", type=int, default=500, help="predictions below which nothing is said")
    parser.add_argument("--furthest", type=float, default=0.2, help="how far the mean may move, as a share of it")
    arguments = parser.parse_args()

    texts = [Path(file).read_text(encoding="utf-8") for file in arguments.metrics]
    # Every segment of one field together is all claims of the test.
    segments = [
        segment
        for segment in json.loads(Path(arguments.model).read_text(encoding="utf-8"))["metrics"]["segments"]
        if segment["field"] == "incident_type"
    ]
    claims = sum(segment["claims"] for segment in segments)
    trained = sum(each["claims"] * each["mean_cost"] * each["total_to_actual"] for each in segments) / claims
    count = total(texts, "claims_expected_cost_pounds_count")
    if count < arguments.fewest:
        print(f"drift: {count:.0f} predictions are too few; it takes {arguments.fewest}", file=sys.stderr)
        sys.exit(2)
    mean = total(texts, "claims_expected_cost_pounds_sum") / count
    moved = mean / trained - 1
    print(f"mean prediction {mean:.0f} over {count:.0f} claims, {trained:.0f} at training: moved by {moved:+.1%}")
    if abs(moved) > arguments.furthest:
        print(f"drift: that is more than {arguments.furthest:.0%}; train again", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
