"""Scores the example record through the public path, and judges each version of the model that answers.

Ends with 1 when a version answers wrongly, too slowly, or not at all.
"""

from __future__ import annotations

import argparse
import http.client
import json
import ssl
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

RECORD = Path(__file__).resolve().parents[2] / "sagemaker/claims-model/examples/claim.json"
# The claim's known expectation in pounds: the generator made it (sagemaker/claims-model/README.md).
EXPECTATION = 22199
PAUSE = 0.05


def answers(address: str, authority: str, count: int, body: bytes) -> Iterator[tuple[int, str, float | None, float]]:
    """Yield status, version, cost and seconds of each request."""
    place = urllib.parse.urlsplit(address)
    trust = ssl.create_default_context(cafile=authority or None)
    for _ in range(count):
        # A connection each: one that is kept would stay with one pod.
        connection = http.client.HTTPSConnection(place.hostname, place.port, timeout=10, context=trust)
        # Within the gateway's limit for one address: what it turns away says nothing about the model.
        time.sleep(PAUSE)
        start = time.monotonic()
        try:
            connection.request("POST", "/service/a/v2/score", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
        except OSError as error:
            yield 0, str(error), None, time.monotonic() - start
            continue
        finally:
            connection.close()
        cost = json.loads(text)["predictions"][0]["expected_cost"] if response.status == 200 else None
        yield response.status, response.headers.get("X-Model-Version", "?"), cost, time.monotonic() - start


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def problems(
    version: str, found: list[tuple[int, float | None, float]], arguments: argparse.Namespace
) -> Iterator[str]:
    """Say what is wrong with the answers of one version."""
    failed = sorted(str(status) for status, _, _ in found if status != 200)
    if failed:
        yield f"{len(failed)} of {len(found)} requests failed, with {', '.join(sorted(set(failed)))}"
    costs = {cost for _, cost, _ in found if cost is not None}
    for cost in sorted(costs):
        if abs(cost - EXPECTATION) > arguments.tolerance * EXPECTATION:
            yield f"predicts {cost:.2f} for a claim whose expectation is {EXPECTATION}"
    slow = percentile([seconds for _, _, seconds in found], 0.95)
    if slow > arguments.slowest:
        yield f"a twentieth of the requests took longer than {slow:.2f} s"
    if version == arguments.version and len(found) < arguments.fewest:
        yield f"answered {len(found)} requests, which is too few to judge it"


def main() -> None:
    """Score, group by version, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: judge.py --address https://claims.example.com --version 1.0.0-7ee40b54"
    )
    parser.add_argument("--address", required=True, help="where the gateway listens, https://…")
    parser.add_argument("--ca", default="", help="a certificate to trust, where the system does not")
    parser.add_argument("--version", required=True, help="the version that must be among those that answer")
    parser.add_argument("--requests", type=int, default=1)
    parser.add_argument("--fewest", type=int, default=1, help="how many of them that version must answer")
    parser.add_argument("--tolerance", type=float, default=0.25, help="how far from the expectation, as a share of it")
    parser.add_argument("--slowest", type=float, default=1.0, help="seconds that 95 of 100 requests may take")
    arguments = parser.parse_args()
    if not arguments.address.startswith("https://"):
        parser.error("--address begins with https://")

    versions: dict[str, list[tuple[int, float | None, float]]] = {arguments.version: []}
    for status, version, cost, seconds in answers(
        arguments.address, arguments.ca, arguments.requests, RECORD.read_bytes()
    ):
        versions.setdefault(version, []).append((status, cost, seconds))
    wrong = 0
    for version, found in sorted(versions.items()):
        costs = sorted({cost for _, cost, _ in found if cost is not None})
        shown = ", ".join(f"{cost:.2f}" for cost in costs)
        print(f"{version}: {len(found)} answers, expected cost {shown}")
        for problem in problems(version, found, arguments) if found else ["answered nothing"]:
            print(f"judge: {version} {problem}", file=sys.stderr)
            wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
