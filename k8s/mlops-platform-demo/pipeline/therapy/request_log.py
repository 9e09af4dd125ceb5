"""What a predictor was asked and answered, written to the store in batches: the live window of the drift check."""

import json
import sys
import threading
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np

from therapy.features import COLUMNS
from therapy.store import Store

ROWS, SECONDS = 1000, 30.0
# A store that is out of reach must not fill the memory of a predictor that still answers.
ROWS_HELD = 20_000


class RequestLog:
    """Collects answered requests and writes them every 30 seconds, every 1,000 rows, and at the end.

    Only a request with an id is logged: the id is the session's, by which its outcome is found later.
    """

    def __init__(self, store: Store, version: str, seconds: float = SECONDS) -> None:
        self.store, self.version = store, version
        self.rows: list[dict] = []
        self.lost = 0
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.due = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(seconds,), name="request-log", daemon=True)
        self.thread.start()

    def add(self, session: str, features: np.ndarray, probabilities: np.ndarray) -> None:
        """Notes the answer; one that has several rows is a batch job's, not a session's, and is left out."""
        if len(features) != 1:
            return
        row = dict(zip(COLUMNS, features[0].tolist(), strict=True))
        noted = {"session_id": session, "answered_at": datetime.now(UTC).isoformat(), **row}
        with self.lock:
            if len(self.rows) >= ROWS_HELD:
                self.lost += 1
                return
            self.rows.append({**noted, "probability": float(probabilities[0])})
            if len(self.rows) >= ROWS:
                self.due.set()

    def close(self) -> None:
        """Writes what is left."""
        self.ended.set()
        self.due.set()
        self.thread.join(10)

    def flush(self) -> None:
        """Writes the rows; what could not be written is kept for the next time."""
        with self.lock:
            rows, self.rows = self.rows, []
        if not rows:
            return
        now = datetime.now(UTC)
        key = f"requests/{self.version}/{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}.jsonl"
        try:
            self.store.write(key, "".join(json.dumps(row) + "\n" for row in rows).encode())
        # Whatever a store's client throws: answering goes on.
        except Exception as error:
            print(f"request log: {len(rows)} rows not written, trying again: {error}", file=sys.stderr)
            with self.lock:
                self.rows = rows + self.rows

    def _run(self, seconds: float) -> None:
        while not self.ended.is_set():
            self.due.wait(seconds)
            self.due.clear()
            self.flush()
