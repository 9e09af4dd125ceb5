"""The S3 processor's job as one would write it in Python: the measure that the processor is held against.

Each way reads the object from S3 and prints one line of JSON: seconds, the most memory, and what it counted.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import gzip
import io
import json
import os
import resource
import sys
import tempfile
import time
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

TYPES = {"collision", "theft", "glass", "liability", "storm", "fire", "vandalism", "animal"}
STATES = ["BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"]
REGIONS = {"DE-" + code for code in STATES}
FIRST, LAST = "1990-01-01", "2099-12-31"
Groups = dict[tuple[str, str], list[int]]


def client() -> Any:
    """S3 where the environment says."""
    return boto3.client("s3", config=Config(request_checksum_calculation="when_required"))


def body(bucket: str, key: str) -> Any:
    """The object's content, unpacked while it is read."""
    raw = client().get_object(Bucket=bucket, Key=key)["Body"]
    return gzip.GzipFile(fileobj=raw) if key.endswith(".gz") else raw


def text_lines(bucket: str, key: str) -> Any:
    """Lines of the object, however long it is."""
    if key.endswith(".gz"):
        return io.TextIOWrapper(body(bucket, key), encoding="utf-8", newline="")
    raw = body(bucket, key)
    return io.TextIOWrapper(Raw(raw), encoding="utf-8", newline="")


class Raw(io.RawIOBase):
    """What botocore hands out, as a file that can be read in text mode."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer as far as it can."""
        data = self.stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def check(row: dict[str, Any]) -> tuple[int, int | None, datetime.date, int] | None:
    """Validates and derives: amount and deductible in cents, the day of the incident, the delay."""
    try:
        if not row["claim_id"] or len(row["claim_id"]) > 32 or not row["policy_id"]:
            return None
        if row["claim_type"] not in TYPES or row["region"] not in REGIONS:
            return None
        incident, reported = row["incident_date"], row["reported_date"]
        if not (FIRST <= incident <= LAST and FIRST <= reported <= LAST):
            return None
        day = datetime.date.fromisoformat(incident)
        delay = (datetime.date.fromisoformat(reported) - day).days
        amount = cents(row["amount"])
        deductible = cents(row["deductible"]) if row["deductible"] not in ("", None) else None
        year = int(row["vehicle_year"])
    except (ValueError, TypeError, KeyError):
        return None
    if delay < 0 or not 1 <= amount <= 9_999_999_999 or not 1950 <= year <= 2099 or day.year - year < -1:
        return None
    if deductible is not None and not 0 <= deductible <= 100_000_000 or len(row["description"] or "") > 500:
        return None
    return amount, deductible, day, delay


def cents(value: Any) -> int:
    """An amount with at most two decimals."""
    hundredfold = float(value) * 100
    rounded = round(hundredfold)
    if abs(hundredfold - rounded) > 1e-4:
        raise ValueError
    return rounded


def streaming(bucket: str, key: str, out: Any) -> Groups:
    """Row by row with the standard library."""
    groups: Groups = {}
    lines = text_lines(bucket, key)
    rows = csv.DictReader(lines) if ".csv" in key else (json.loads(line) for line in lines)
    for number, row in enumerate(rows, 1):
        checked = check(row)
        if checked is None:
            if out:
                out[1].write(json.dumps({"row": number, "reason": "invalid"}) + "\n")
            continue
        amount, deductible, day, delay = checked
        groups.setdefault((row["claim_type"], row["region"]), []).append(amount)
        if out:
            record = dict(row)
            record["amount"] = amount / 100
            record["deductible"] = None if deductible is None else deductible / 100
            record["vehicle_year"] = int(row["vehicle_year"])
            record["description"] = row["description"] or None
            record["report_delay_days"] = delay
            record["net_amount"] = max(0, amount - (deductible or 0)) / 100
            record["vehicle_age"] = day.year - record["vehicle_year"]
            record["is_weekend"] = day.weekday() >= 5
            out[0].write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return groups


def polars(bucket: str, key: str, out: Any) -> Groups:
    """Columns at a time."""
    import polars as pl

    data = body(bucket, key).read()
    if ".csv" in key:
        frame = pl.read_csv(io.BytesIO(data), infer_schema=False)
    else:
        frame = pl.read_ndjson(io.BytesIO(data), infer_schema_length=10_000, ignore_errors=True)
    del data
    frame = frame.with_row_index("row", offset=1)
    incident = pl.col("incident_date").str.to_date("%Y-%m-%d", strict=False)
    reported = pl.col("reported_date").str.to_date("%Y-%m-%d", strict=False)
    amount = (pl.col("amount").cast(pl.Float64, strict=False) * 100).round(4)
    deductible = (pl.col("deductible").cast(pl.Float64, strict=False) * 100).round(4)
    year = pl.col("vehicle_year").cast(pl.Int64, strict=False)
    first, last = datetime.date(1990, 1, 1), datetime.date(2099, 12, 31)
    valid = (
        (pl.col("claim_id").str.len_bytes().is_between(1, 32) & pl.col("policy_id").str.len_bytes().is_between(1, 32))
        & (pl.col("claim_type").is_in(list(TYPES)) & pl.col("region").is_in(list(REGIONS)))
        & (incident.is_between(first, last) & reported.is_between(first, last) & (reported >= incident))
        & (amount.is_between(1, 9_999_999_999) & (amount == amount.round(0)))
        & (year.is_between(1950, 2099) & (incident.dt.year() - year >= -1))
        & (pl.col("description").fill_null("").str.len_bytes() <= 500)
    ).fill_null(False)
    marked = frame.with_columns(valid.alias("valid"))
    good = marked.filter(pl.col("valid")).with_columns(amount.cast(pl.Int64).alias("cents"))
    if out:
        marked.filter(~pl.col("valid")).select("row", pl.lit("invalid").alias("reason")).write_ndjson(out[1].buffer)
        good.select(
            "claim_id", "policy_id", "claim_type", "region", "incident_date", "reported_date",
            (pl.col("cents") / 100).alias("amount"), (deductible / 100).alias("deductible"),
            year.alias("vehicle_year"), pl.col("description"),
            (reported - incident).dt.total_days().alias("report_delay_days"),
            ((pl.col("cents") - deductible.fill_null(0)).clip(lower_bound=0) / 100).alias("net_amount"),
            (incident.dt.year() - year).alias("vehicle_age"), (incident.dt.weekday() >= 6).alias("is_weekend"),
        ).write_ndjson(out[0].buffer)  # fmt: skip
    table = good.group_by("claim_type", "region").agg(
        pl.len().alias("count"), pl.col("cents").sum().alias("sum"), pl.col("cents").min().alias("min"),
        pl.col("cents").max().alias("max"), pl.col("cents").quantile(0.5, "higher").alias("p50"),
        pl.col("cents").quantile(0.9, "higher").alias("p90"), pl.col("cents").quantile(0.99, "higher").alias("p99"),
    )  # fmt: skip
    return {(row[0], row[1]): list(row[2:]) for row in table.iter_rows()}


def pandas(bucket: str, key: str, out: Any) -> Groups:
    """Columns at a time, the older way."""
    import pandas as pd

    data = io.BytesIO(body(bucket, key).read())
    frame = pd.read_csv(data, dtype=str, keep_default_na=False) if ".csv" in key else pd.read_json(data, lines=True)
    incident = pd.to_datetime(frame["incident_date"], format="%Y-%m-%d", errors="coerce")
    reported = pd.to_datetime(frame["reported_date"], format="%Y-%m-%d", errors="coerce")
    amount = (pd.to_numeric(frame["amount"], errors="coerce") * 100).round(4)
    deductible = (pd.to_numeric(frame["deductible"], errors="coerce") * 100).round()
    year = pd.to_numeric(frame["vehicle_year"], errors="coerce")
    ids = frame["claim_id"].fillna("").astype(str).str.len()
    valid = (
        ids.between(1, 32)
        & (frame["claim_type"].isin(TYPES) & frame["region"].isin(REGIONS))
        & (incident.between(FIRST, LAST) & reported.between(FIRST, LAST) & (reported >= incident))
        & (amount.between(1, 9_999_999_999) & (amount == amount.round()))
        & (year.between(1950, 2099) & (incident.dt.year - year >= -1))
        & (frame["description"].fillna("").astype(str).str.len() <= 500)
    )
    good = frame[valid].copy()
    good["cents"] = amount[valid].astype("int64")
    if out:
        pd.DataFrame({"row": frame.index[~valid] + 1, "reason": "invalid"}).to_json(
            out[1], orient="records", lines=True
        )
        good["amount"] = good["cents"] / 100
        good["deductible"] = deductible[valid] / 100
        good["vehicle_year"] = year[valid].astype("int64")
        good["report_delay_days"] = (reported - incident)[valid].dt.days
        good["net_amount"] = (good["cents"] - deductible[valid].fillna(0)).clip(lower=0) / 100
        good["vehicle_age"] = incident[valid].dt.year - good["vehicle_year"]
        good["is_weekend"] = incident[valid].dt.weekday >= 5
        good.drop(columns="cents").to_json(out[0], orient="records", lines=True, force_ascii=False)
    groups = good.groupby(["claim_type", "region"])["cents"]
    table = groups.agg(["count", "sum", "min", "max"])
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        table[name] = groups.quantile(share, interpolation="higher")
    return {(str(index[0]), str(index[1])): [int(value) for value in row] for index, row in table.iterrows()}


def figures(groups: Groups, way: str) -> dict[str, list[int]]:
    """Count, sum, least, most and three quantiles of each group."""
    result = {}
    for (kind, region), values in groups.items():
        if way == "streaming":
            values.sort()
            ranks = [values[(share * len(values) + 999) // 1000 - 1] for share in (500, 900, 990)]
            values = [len(values), sum(values), values[0], values[-1], *ranks]
        result[f"{kind} {region}"] = values
    return result


def measure(way: str, bucket: str, key: str, results: str) -> dict[str, Any]:
    """One run, with its time from the first request to the last answer."""
    start = time.perf_counter()
    if way == "download":
        size = 0
        while part := client_body(bucket, key).read(1 << 20):
            size += len(part)
        groups: dict[str, list[int]] = {}
    elif way == "upload":
        upload(int(results))
        groups = {}
    elif results == "all":
        with tempfile.NamedTemporaryFile("w+") as accepted, tempfile.NamedTemporaryFile("w+") as rejected:
            groups = figures(globals()[way](bucket, key, (accepted, rejected)), way)
            s3 = client()
            for file, name in ((accepted, "accepted"), (rejected, "rejected")):
                file.flush()
                s3.upload_file(file.name, os.environ["OUTPUT_BUCKET"], f"peers/{way}/{key}/{name}.jsonl")
            s3.put_object(Bucket=os.environ["OUTPUT_BUCKET"], Key=f"peers/{way}/{key}/summary.json", Body=str(groups))
    else:
        groups = figures(globals()[way](bucket, key, None), way)
        client().put_object(Bucket=os.environ["OUTPUT_BUCKET"], Key=f"peers/{way}/{key}/summary.json", Body=str(groups))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "peakKB": peak, "groups": groups}


def upload(size: int) -> None:
    """As many bytes as results have, in the parts that results are sent in."""
    s3, target = client(), {"Bucket": os.environ["OUTPUT_BUCKET"], "Key": "peers/upload"}
    started = s3.create_multipart_upload(**target)["UploadId"]
    parts = []
    part_size = 5 << 20
    while size > 0 or not parts:
        content, number = bytes(min(size, part_size)), len(parts) + 1
        answer = s3.upload_part(**target, UploadId=started, PartNumber=number, Body=content)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        size -= part_size
    s3.complete_multipart_upload(**target, UploadId=started, MultipartUpload={"Parts": parts})


STREAM: dict[str, Any] = {}


def client_body(bucket: str, key: str) -> Any:
    """The same stream each time."""
    if key not in STREAM:
        STREAM[key] = client().get_object(Bucket=bucket, Key=key)["Body"]
    return STREAM[key]


def serve() -> None:
    """A Lambda function that does nothing but have boto3 at hand: for the time that a start takes."""
    client()
    base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
    while True:
        with urllib.request.urlopen(base + "next") as answer:  # noqa: S310 the Runtime API, on this machine
            request = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        urllib.request.urlopen(base + request + "/response", data=b"{}").close()  # noqa: S310 as above


def main() -> None:
    """Runs one way once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=["download", "upload", "streaming", "pandas", "polars", "serve"])
    parser.add_argument("bucket", nargs="?")
    parser.add_argument("key", nargs="?")
    parser.add_argument("--results", default="summary", help="all or summary; for upload, how many bytes")
    arguments = parser.parse_args()
    if arguments.way == "serve":
        serve()
    # Loading a library is part of a start, not of a run.
    if arguments.way in ("pandas", "polars"):
        __import__(arguments.way)
    print(json.dumps(measure(arguments.way, arguments.bucket, arguments.key, arguments.results)))


if __name__ == "__main__":
    sys.exit(main())
