#!/usr/bin/env python3
# Written by the role workstation.
"""Sends the journal to a server that speaks Elasticsearch's bulk protocol, over TLS and signed with the machine's role.

The journal is the queue: the cursor moves on only after the server has taken a batch. Each document's id follows from
its cursor, so a repeated batch writes nothing twice. Each line goes to the index of its own week, so that a repeated
line meets its former one, and old weeks can be deleted as a whole.

Sources: https://docs.opensearch.org/latest/api-reference/document-apis/bulk/
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-signing-service-requests.html
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

BATCH = 500
TAKEN = {200, 201, 409}
# The server is busy or starts: the same batch again, later.
LATER = {429, 500, 502, 503, 504}


def entries(cursor: str | None) -> Iterator[dict[str, object]]:
    """Yields what the journal holds after the cursor; without one, what it holds of this boot."""
    command = ["journalctl", "--output", "json", "--no-pager", "--quiet"]
    command += ["--directory", os.environ["JOURNAL"]] if "JOURNAL" in os.environ else []
    command += ["--after-cursor", cursor] if cursor else [] if "JOURNAL" in os.environ else ["--boot"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as journal:  # noqa: S603 the command is written above
        yield from map(json.loads, journal.stdout or [])
    if journal.returncode != 0:
        raise OSError(f"journalctl ended with {journal.returncode}")


def week(entry: dict[str, object]) -> str:
    """Returns the ISO week of an entry, as in 2026.49."""
    return time.strftime("%G.%V", time.gmtime(int(str(entry["__REALTIME_TIMESTAMP"])) // 1_000_000))


def document(entry: dict[str, object]) -> dict[str, object]:
    """Returns the fields that are searched for."""
    micros = int(str(entry["__REALTIME_TIMESTAMP"]))
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(micros // 1_000_000))
    message = entry.get("MESSAGE")
    # journalctl writes what is not UTF-8 as a list of bytes.
    text = bytes(message).decode(errors="replace") if isinstance(message, list) else message
    return {
        "@timestamp": f"{moment}.{micros % 1_000_000 // 1000:03}Z",
        "user": os.environ["USER_NAME"],
        "host": entry.get("_HOSTNAME"),
        "unit": entry.get("_SYSTEMD_UNIT"),
        "program": entry.get("SYSLOG_IDENTIFIER"),
        "priority": int(str(entry.get("PRIORITY", 6))),
        "message": text,
    }


def send(batch: list[dict[str, object]]) -> None:
    """Sends a batch of one week. Raises `OSError` where the server has not taken it and may take it later."""
    lines: list[str] = []
    for entry in batch:
        identity = hashlib.sha256(str(entry["__CURSOR"]).encode()).hexdigest()[:32]
        lines += [json.dumps({"create": {"_id": identity}}), json.dumps(document(entry))]
    url = f"{os.environ['LOG_SERVER']}/{os.environ['LOG_INDEX']}-{week(batch[0])}/_bulk"
    request = AWSRequest("POST", url, headers={"Content-Type": "application/x-ndjson"}, data="\n".join(lines) + "\n")
    SigV4Auth(boto3.Session().get_credentials(), "es", os.environ["REGION"]).add_auth(request)
    prepared = request.prepare()
    body = prepared.body if isinstance(prepared.body, bytes) else str(prepared.body).encode()
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection(place.netloc, timeout=30)
    try:
        connection.request("POST", place.path, body, dict(prepared.headers.items()))
        response = connection.getresponse()
        answer = response.read()
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {error!r}") from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise OSError(f"the server answered {response.status}: {answer[:200]!r}")
    results = [item["create"] for item in json.loads(answer)["items"]]
    if any(result["status"] in LATER for result in results):
        raise OSError("the server has not taken every line")
    refused = [result for result in results if result["status"] not in TAKEN]
    if refused:
        print(f"{len(refused)} lines refused, the first: {refused[0].get('error')}", file=sys.stderr)


def ship(file: pathlib.Path) -> None:
    """Sends all entries after the cursor in the file, batch by batch."""
    cursor = file.read_text() if file.exists() else None
    batch: list[dict[str, object]] = []

    def flush() -> None:
        if batch:
            send(batch)
            new = file.with_suffix(".new")
            new.write_text(str(batch[-1]["__CURSOR"]))
            new.replace(file)
            batch.clear()

    for entry in entries(cursor):
        if batch and week(batch[0]) != week(entry):
            flush()
        batch.append(entry)
        if len(batch) == BATCH:
            flush()
    flush()


def main() -> None:
    if not os.environ.get("LOG_SERVER", "").startswith("https://"):
        print("no log server over HTTPS is set: nothing is sent")
        return
    file = pathlib.Path(os.environ["STATE_DIRECTORY"], "cursor")
    while True:
        try:
            ship(file)
        except OSError as error:
            print(f"sent again later: {error}", file=sys.stderr)
        time.sleep(float(os.environ.get("SECONDS_BETWEEN", "5")))


if __name__ == "__main__":
    main()
