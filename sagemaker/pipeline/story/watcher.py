"""Keeps the endpoint up to date while something changes it."""

from __future__ import annotations

import threading

from story.endpoint import Endpoint


class Watcher:
    """Keeps the endpoint what the emulator says it is, and writes its metrics, while something changes it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint, self.over = endpoint, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.over.wait(0.3):
            self.endpoint.refresh()
            self.endpoint.flush()
