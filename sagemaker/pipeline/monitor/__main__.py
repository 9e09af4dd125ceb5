"""Judges what an endpoint captured, writes a report and metrics, and says so when the model is to be trained anew.

Ends with 0 when it judged, whatever it found, and with 3 when there was too little to judge: a monitor that sees
nothing must not look like one that finds nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlparse

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from monitor.captures import Prediction, Unreadable, predictions, results
from monitor.report import TooFew, judge, verdict

TOO_FEW = 3


def objects(s3: Any, address: str, since: datetime | None = None, ending: str = ".jsonl") -> Iterator[tuple[str, str]]:
    """Yield key and text of the objects below an address."""
    place = urlparse(address)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=place.netloc, Prefix=place.path.lstrip("/")):
        for item in page.get("Contents", []):
            if item["Key"].endswith(ending) and (since is None or item["LastModified"] >= since):
                yield item["Key"], s3.get_object(Bucket=place.netloc, Key=item["Key"])["Body"].read().decode()


def run(given: argparse.Namespace) -> int:
    s3, cloudwatch = boto3.client("s3"), boto3.client("cloudwatch")
    place = urlparse(given.baseline)
    baseline = json.loads(s3.get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read())
    names = list(baseline["features"])
    read = [item for key, text in objects(s3, given.captures, given.since) for item in predictions(key, text, names)]
    read += [item for key, text in objects(s3, given.captures, given.since, ".out") for item in results(key, text)]
    found = [item for item in read if isinstance(item, Prediction)]
    unreadable = [item for item in read if isinstance(item, Unreadable)]
    if unreadable:
        print(f"monitor: {len(unreadable)} captures cannot be read, the first is {unreadable[0]}", file=sys.stderr)
    outcomes: dict[str, float] = {}
    for _, text in objects(s3, given.outcomes):
        for line in text.splitlines():
            outcome = json.loads(line)
            outcomes[outcome["inferenceId"]] = float(outcome["cost"])
    metrics = {"RecordsJudged": float(len(found)), "CapturesUnreadable": float(len(unreadable))}
    try:
        report = judge(baseline, found, outcomes)
    except TooFew as error:
        put(cloudwatch, given.model, metrics | {"RecordsJudged": 0.0})
        print(f"monitor: {error}; is capture on, and does {given.captures} exist?", file=sys.stderr)
        return TOO_FEW
    metrics["FeaturesDrifted"] = float(len(report["drifted"]))
    if "ratio" in report["quality"]:
        metrics["QualityRatio"] = report["quality"]["ratio"]
    put(cloudwatch, given.model, metrics)
    reason = verdict(report)
    report |= {"model": given.model, "at": datetime.now(UTC).isoformat(timespec="seconds"), "reason": reason}
    target = urlparse(given.reports)
    key = f"{target.path.lstrip('/')}{given.model}/{datetime.now(UTC):%Y/%m/%d/%H%M%S}.json"
    s3.put_object(Bucket=target.netloc, Key=key, Body=json.dumps(report, indent=2).encode())
    if reason:
        tell(given.model, reason, given.claims, f"s3://{target.netloc}/{key}")
    print(json.dumps({"report": f"s3://{target.netloc}/{key}", "drifted": report["drifted"], "reason": reason}))
    return 0


def put(cloudwatch: Any, model: str, metrics: dict[str, float]) -> None:
    dimensions = [{"Name": "Model", "Value": model}]
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value} for name, value in metrics.items()]
    cloudwatch.put_metric_data(Namespace="ModelMonitor", MetricData=data)


def tell(model: str, reason: str, claims: str, report: str) -> None:
    """Put the event that a rule takes to retraining."""
    entry = event(model, reason, claims, report)
    answer = boto3.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise BotoCoreError(error=answer["Entries"][0].get("ErrorMessage"))


def event(model: str, reason: str, claims: str, report: str) -> dict[str, str]:
    """Return the event; its claims are what the pipeline is to train on."""
    detail = {"model": model, "reason": reason, "claims": claims, "report": report}
    return {"Source": "model-monitor", "DetailType": "Model Drift Detected", "Detail": json.dumps(detail)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="monitor", description=__doc__)
    parser.add_argument(
        "--captures", required=True, help="s3://… with capture files, or a batch transform job's results"
    )
    parser.add_argument("--outcomes", required=True, help="s3://… with known costs by inferenceId")
    parser.add_argument("--baseline", required=True, help="s3://… of the model's baseline.json")
    parser.add_argument("--reports", required=True, help="s3://… to write the report below")
    parser.add_argument("--claims", required=True, help="s3://… with the claims to train on if there is drift")
    parser.add_argument("--model", required=True, help="the model's name")
    parser.add_argument("--since", type=datetime.fromisoformat, help="leave out captures before, with a time zone")
    given = parser.parse_args()
    try:
        return run(given)
    except (ClientError, BotoCoreError, KeyError, ValueError) as error:
        print(f"monitor: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
