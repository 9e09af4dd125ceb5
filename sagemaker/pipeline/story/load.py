"""A load of real requests, in each content type, through boto3's InvokeEndpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

Claim = dict[str, Any]
AT_A_TIME = 8


def body(claim: Claim, kind: str) -> bytes:
    """Write a claim in one of the three types."""
    if kind == "text/csv":
        cells = [
            "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            for value in claim.values()
        ]
        return ",".join(cells).encode()
    return json.dumps(claim).encode()


def send(runtime: Any, endpoint: str, claims: Sequence[tuple[str, Claim]], kinds: Sequence[str]) -> list[int]:
    """Send each claim once, several at a time; return the status of each answer."""

    def one(numbered: tuple[int, tuple[str, Claim]]) -> int:
        number, (identity, claim) = numbered
        kind = kinds[number % len(kinds)]
        try:
            runtime.invoke_endpoint(
                EndpointName=endpoint, ContentType=kind, Accept=kind, Body=body(claim, kind), InferenceId=identity
            )["Body"].read()
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"]
        return 200

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(one, enumerate(claims)))


class Steady:
    """A load that goes on until it is ended."""

    def __init__(self, runtime: Any, endpoint: str, claims: Sequence[tuple[str, Claim]]) -> None:
        self.runtime, self.endpoint, self.claims = runtime, endpoint, claims
        self.statuses: list[int] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> Steady:
        """Begin."""
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and wait for what is under way."""
        self.over.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.over.is_set():
            self.statuses += send(self.runtime, self.endpoint, self.claims[:40], ["application/json"])
