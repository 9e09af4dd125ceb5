"""Writes a JSON object a line to standard output. It never holds a value of a claim or a path that is not served."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

from claims_model.serving.settings import LOG_LEVELS


class Log:
    """Writes events of its level and above."""

    def __init__(self, level: str) -> None:
        self._levels = frozenset(LOG_LEVELS[LOG_LEVELS.index(level) :])

    def __call__(self, level: str, event: str, **fields: Any) -> None:
        """Write one line."""
        if level not in self._levels:
            return
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        line = {"time": f"{stamp}.{int(now % 1 * 1000):03d}Z", "level": level, "event": event, **fields}
        sys.stdout.write(json.dumps(line, default=str) + "\n")
        sys.stdout.flush()


class LibraryHandler(logging.Handler):
    """Passes on the log of libraries in the same form."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a library's record; of an exception only the type, because its text may quote a claim."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        level = "error" if record.levelno >= logging.ERROR else "warning"
        self._log(
            level, "library", source=record.name, **({"error": error} if error else {"message": record.getMessage()})
        )
