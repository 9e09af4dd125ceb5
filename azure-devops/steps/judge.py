"""Scores the example record under a path of the gateway, and judges the answers.

What is judged is told apart by its path and not by the model's version: a release of code alone has the version that
runs already, and would be judged by what runs. Ends with 1 when it answers wrongly, too slowly, or not at all.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import ssl
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RECORD = Path(__file__).resolve().parents[2] / "sagemaker/claims-model/examples/claim.json"
# What version 1 predicts for this claim, in pounds. Nobody knows the true expectation; the supplied models are another
# model of the same claims, and version 2 as released predicts 36228.10.
EXPECTATION = 36886
PAUSE = 0.05


class Answer(NamedTuple):
    """What one request brought."""

    status: int
    version: str
    cost: float | None
    seconds: float


def answers(arguments: argparse.Namespace, path: str, count: int, body: bytes) -> Iterator[Answer]:
    """Yield what each request to a path brings."""
    place = urllib.parse.urlsplit(arguments.address)
    trust = ssl.create_default_context(cafile=arguments.ca or None)
    for _ in range(count):
        # A connection each: one that is kept would stay with one pod.
        connection = http.client.HTTPSConnection(place.hostname, place.port, timeout=10, context=trust)
        # Within the gateway's limit for one address: what it turns away says nothing about the model.
        time.sleep(PAUSE)
        start = time.monotonic()
        try:
            # This region's gateway, whichever region the name leads to; the certificate is still asked for the name.
            target = arguments.gateway if arguments.gateway not in ("", "none") else place.hostname
            raw = socket.create_connection((target, place.port or 443), timeout=10)
            connection.sock = trust.wrap_socket(raw, server_hostname=place.hostname)
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
        except OSError as error:
            yield Answer(0, str(error), None, time.monotonic() - start)
            continue
        finally:
            connection.close()
        cost = json.loads(text)["predictions"][0]["expected_cost"] if response.status == 200 else None
        yield Answer(response.status, response.headers.get("X-Model-Version", "?"), cost, time.monotonic() - start)


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def problems(found: list[Answer], arguments: argparse.Namespace) -> Iterator[str]:
    """Say what is wrong with the answers of one path."""
    failed = sorted(str(each.status) for each in found if each.status != 200)
    if failed:
        yield f"{len(failed)} of {len(found)} requests failed, with {', '.join(sorted(set(failed)))}"
    for cost in sorted({each.cost for each in found if each.cost is not None}):
        if abs(cost - EXPECTATION) > arguments.tolerance * EXPECTATION:
            yield f"predicts {cost:.2f} for a claim whose expectation is {EXPECTATION}"
    slow = percentile([each.seconds for each in found], 0.95)
    if slow > arguments.slowest:
        yield f"a twentieth of the requests took longer than {slow:.2f} s"
    others = sorted({each.version for each in found if each.status == 200} - {arguments.version})
    if others:
        yield f"is answered by {', '.join(others)}, not by {arguments.version}"


def main() -> None:
    """Score under one path, judge, and tell what runs beside it."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: judge.py --address https://claims.example.com --version 2.0.0-268726e9"
    )
    parser.add_argument("--address", required=True, help="where the gateway listens, https://…")
    parser.add_argument("--gateway", default="", help="its address, where the name may lead to another; or none")
    parser.add_argument("--path", default="/service/a/v2/score", help="what is judged; a canary has its own, /canary")
    parser.add_argument("--beside", default="", help="the path of what runs beside it, which must go on answering")
    parser.add_argument("--ca", default="", help="a certificate to trust, where the system does not")
    parser.add_argument("--version", required=True, help="the version that must answer")
    parser.add_argument("--requests", type=int, default=1)
    parser.add_argument("--tolerance", type=float, default=0.25, help="how far from the expectation, as a share of it")
    parser.add_argument("--slowest", type=float, default=1.0, help="seconds that 95 of 100 requests may take")
    arguments = parser.parse_args()
    if not arguments.address.startswith("https://"):
        parser.error("--address begins with https://")

    body = RECORD.read_bytes()
    found = list(answers(arguments, arguments.path, arguments.requests, body))
    wrong = list(problems(found, arguments))
    shown = ", ".join(sorted({f"{each.cost:.2f}" for each in found if each.cost is not None}))
    print(f"{arguments.path}: {arguments.version}, {len(found)} answers, expected cost {shown}")
    if arguments.beside:
        stable = list(answers(arguments, arguments.beside, 20, body))
        failed = sum(each.status != 200 for each in stable)
        print(f"{arguments.beside}: {', '.join(sorted({each.version for each in stable}))}, {failed} of 20 failed")
        if failed:
            wrong.append(f"has {failed} of 20 requests fail that went to what runs beside it")
    for problem in wrong:
        print(f"judge: {arguments.path} {problem}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
