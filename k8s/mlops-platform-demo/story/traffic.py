"""Requests at a steady pace, and what became of each."""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from therapy.canary import Answers
from therapy.features import COLUMNS


@dataclass(frozen=True)
class Answer:
    """One request: its row, when it was sent, and what came back; no version means that it failed."""

    row: int
    at: float
    milliseconds: float
    version: str | None = None
    probability: float | None = None
    error: str = ""


class Traffic:
    """Clients that ask the router row after row; a context that ends with the last answer."""

    def __init__(
        self,
        port: int,
        rows: np.ndarray,
        per_second: float = 60,
        clients: int = 4,
        sessions: Sequence[str] = (),
    ) -> None:
        """`sessions` are the rows' ids, with which the predictor logs what it answers."""
        self.port, self.rows, self.pace, self.clients = port, rows, clients / per_second, clients
        self.sessions = sessions
        self.answers: list[Answer] = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._client, args=(first,)) for first in range(clients)]

    def __enter__(self) -> "Traffic":
        """Starts the clients."""
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Waits for the answers that are under way."""
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def count(self, requests: int, seconds: float = 120) -> list[Answer]:
        """The next so many answers to requests sent from now on."""
        start, end = time.monotonic(), time.monotonic() + seconds
        while len(found := [each for each in list(self.answers) if each.at >= start]) < requests:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(found)} of {requests} requests were answered within {seconds:.0f} s")
            time.sleep(0.1)
        return found[:requests]

    def all_rows(self, seconds: float = 300) -> None:
        """Returns when every row has been answered."""
        end = time.monotonic() + seconds
        while len({each.row for each in list(self.answers)}) < len(self.rows):
            if time.monotonic() > end:
                raise TimeoutError(f"not every row was answered within {seconds:.0f} s")
            time.sleep(0.2)

    def _client(self, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        due = time.monotonic()
        row = first
        while not self.ended.is_set():
            number = row % len(self.rows)
            self.answers.append(ask(connection, self.rows, number, self.sessions[number] if self.sessions else ""))
            row += self.clients
            due += self.pace
            time.sleep(max(0, due - time.monotonic()))
        connection.close()


def ask(connection: http.client.HTTPConnection, rows: np.ndarray, row: int, session: str = "") -> Answer:
    """Asks for one row, once: nothing is tried again, so that every failure is seen."""
    features = {"name": "features", "datatype": "FP32", "shape": [1, len(COLUMNS)], "data": rows[row].tolist()}
    start = time.monotonic()
    try:
        connection.request(
            "POST",
            "/v2/models/relief/infer",
            json.dumps({"inputs": [features]} | ({"id": session} if session else {})),
            {"Content-Type": "application/json"},
        )
        reply = connection.getresponse()
        body = reply.read()
        taken = (time.monotonic() - start) * 1000
        if reply.status != 200:
            return Answer(row, start, taken, error=f"{reply.status} {body[:200]!r}")
        said = json.loads(body)
        return Answer(row, start, taken, said["model_version"], said["outputs"][0]["data"][0])
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        connection.close()
        return Answer(row, start, (time.monotonic() - start) * 1000, error=repr(error))


def of(version: str, answers: list[Answer]) -> Answers:
    """What one version answered."""
    own = [each for each in answers if each.version == version]
    # An answer that failed names no version: it counts against whoever is tried.
    failed = sum(each.version is None for each in answers)
    return Answers(failed, tuple(e.milliseconds for e in own), tuple(e.probability for e in own))
