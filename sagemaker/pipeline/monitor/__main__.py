"""Judges what an endpoint captured, writes a report and metrics, and starts retraining by an event.

Two judgements, each of the model that serves now:
- inputs: captures of the last hours against the claims that the model was judged on;
- quality: costs that became known in the last week against their predictions, which are months old. Outcomes lie
  below YEAR/MONTH/DAY/HOUR/ of the time when they became known, and each line names the time of its prediction, so
  that only those hours of captures are read.

Ends with 0 when it judged, whatever it found, and with 3 when it had too few claims.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlparse

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from monitor.captures import Prediction, Unreadable, predictions, results
from monitor.report import TooFew, judge, quality, verdict

TOO_FEW = 3
HOUR = timedelta(hours=1)
# The schedule's six hours, its flexible quarter of an hour, and the minutes until SageMaker has written a capture.
WINDOW_HOURS = 7


def objects(s3: Any, address: str, ending: str = ".jsonl") -> Iterator[tuple[str, str]]:
    """Yield key and text of the objects below an address."""
    place = urlparse(address)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=place.netloc, Prefix=place.path.lstrip("/")):
        for item in page.get("Contents", []):
            if item["Key"].endswith(ending):
                yield item["Key"], s3.get_object(Bucket=place.netloc, Key=item["Key"])["Body"].read().decode()


def hourly(s3: Any, address: str, hours: Iterable[datetime]) -> Iterator[tuple[str, str]]:
    """Yield key and text of the objects that are filed under some hours."""
    for hour in sorted({hour.replace(minute=0, second=0, microsecond=0) for hour in hours}):
        yield from objects(s3, f"{address}{hour:%Y/%m/%d/%H}/")


def window(until: datetime, hours: int) -> list[datetime]:
    """Return the hours up to `until`."""
    return [until - step * HOUR for step in range(hours + 1)]


class Captures:
    """The captures of the champion, by the hours in which SageMaker files them."""

    def __init__(self, s3: Any, address: str, champion: dict[str, Any]) -> None:
        self.s3, self.folder = s3, f"{address}{champion['variant']}/"
        self.names = list(champion["features"])
        # Captures before belong to the model that the variant served before.
        self.since = datetime.fromisoformat(champion["since"])
        self.unreadable: list[Unreadable] = []

    def read(self, hours: Iterable[datetime]) -> Iterator[Prediction]:
        """Yield the champion's predictions of some hours."""
        for key, text in hourly(self.s3, self.folder, hours):
            for item in predictions(key, text, self.names):
                if isinstance(item, Unreadable):
                    self.unreadable.append(item)
                elif item.at and item.at >= self.since:
                    yield item


def run(given: argparse.Namespace) -> int:
    s3, cloudwatch = boto3.client("s3"), boto3.client("cloudwatch")
    place = urlparse(given.baseline)
    champion = json.loads(s3.get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read())
    captures = Captures(s3, given.captures, champion)
    begins = given.until - timedelta(hours=given.hours)
    if given.results:
        lines = [item for key, text in objects(s3, given.results, ".out") for item in results(key, text)]
        found = [item for item in lines if isinstance(item, Prediction)]
        captures.unreadable += [item for item in lines if isinstance(item, Unreadable)]
    else:
        read = captures.read(window(given.until, given.hours))
        found = [item for item in read if item.at and begins <= item.at <= given.until]
    outcomes = hourly(s3, given.outcomes, window(given.until, given.quality_hours))
    known = [json.loads(line) for _, text in outcomes for line in text.splitlines()]
    scored = captures.read(datetime.fromisoformat(item["predictedAt"]).astimezone(UTC) for item in known)
    measured = quality(champion, list(scored), {item["inferenceId"]: float(item["cost"]) for item in known})
    if captures.unreadable:
        faults = captures.unreadable
        print(f"monitor: {len(faults)} captures cannot be read, the first is {faults[0]}", file=sys.stderr)
    metrics = {"RecordsJudged": float(len(found)), "CapturesUnreadable": float(len(captures.unreadable))}
    if "ratio" in measured:
        metrics["QualityRatio"] = measured["ratio"]
    try:
        report = judge(champion, found)
        metrics["FeaturesDrifted"] = float(len(report["drifted"]))
    except TooFew as error:
        metrics["RecordsJudged"] = 0.0
        print(f"monitor: {error}; is capture on, and do requests reach {champion['variant']}?", file=sys.stderr)
        report = {"drifted": []}
    put(cloudwatch, given.model, metrics)
    reason = verdict(report["drifted"], measured.get("ratio", 0))
    report |= {"quality": measured, "model": given.model, "version": champion["version"], "reason": reason}
    target = urlparse(given.reports)
    key = f"{target.path.lstrip('/')}{given.model}/{datetime.now(UTC):%Y/%m/%d/%H%M%S%f}.json"
    s3.put_object(Bucket=target.netloc, Key=key, Body=json.dumps(report, indent=2).encode())
    if reason:
        tell(given.model, reason, given.claims, f"s3://{target.netloc}/{key}")
    shown = {name: report.get(name) for name in ("records", "version", "drifted", "quality", "reason")}
    print(json.dumps(shown | {"report": f"s3://{target.netloc}/{key}"}))
    return 0 if metrics["RecordsJudged"] else TOO_FEW


def put(cloudwatch: Any, model: str, metrics: dict[str, float]) -> None:
    dimensions = [{"Name": "Model", "Value": model}]
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value} for name, value in metrics.items()]
    cloudwatch.put_metric_data(Namespace="ModelMonitor", MetricData=data)


def tell(model: str, reason: str, claims: str, report: str) -> None:
    """Put the event that a rule takes to retraining."""
    answer = boto3.client("events").put_events(Entries=[event(model, reason, claims, report)])
    if answer["FailedEntryCount"]:
        raise BotoCoreError(error=answer["Entries"][0].get("ErrorMessage"))


def event(model: str, reason: str, claims: str, report: str) -> dict[str, str]:
    """Return the event; the pipeline trains on its claims."""
    detail = {"model": model, "reason": reason, "claims": claims, "report": report}
    return {"Source": "model-monitor", "DetailType": "Model Drift Detected", "Detail": json.dumps(detail)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="monitor", description=__doc__.partition("\n")[0])
    parser.add_argument("--captures", required=True, help="s3://… of the endpoint's capture files")
    parser.add_argument("--results", help="s3://… of a batch transform job's results, to judge instead of captures")
    parser.add_argument("--outcomes", required=True, help="s3://… with costs by inferenceId and predictedAt")
    parser.add_argument("--baseline", required=True, help="s3://… of the champion's baseline")
    parser.add_argument("--reports", required=True, help="s3://… to write the report below")
    parser.add_argument("--claims", required=True, help="s3://… with the claims to retrain on")
    parser.add_argument("--model", required=True, help="the model's name")
    parser.add_argument("--hours", type=int, default=WINDOW_HOURS, help="length of the window, default %(default)s")
    parser.add_argument("--quality-hours", type=int, default=168, help="the same for costs, default %(default)s")
    parser.add_argument(
        "--until", type=datetime.fromisoformat, default=datetime.now(UTC), help="end of the window, default now"
    )
    given = parser.parse_args()
    try:
        return run(given)
    except (ClientError, BotoCoreError, KeyError, TypeError, ValueError) as error:
        print(f"monitor: {error!r}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
