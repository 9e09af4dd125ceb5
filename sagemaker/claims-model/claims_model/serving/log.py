"""A JSON object a line on standard output. Nothing of a record is ever in it, nor a path that nobody serves."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import orjson

from claims_model.serving.settings import LOG_LEVELS


class Log:
    """Writes what is at least as grave as its level."""

    def __init__(self, level: str) -> None:
        self._levels = frozenset(LOG_LEVELS[LOG_LEVELS.index(level) :])
        self._write = sys.stdout.buffer.write
        self._flush = sys.stdout.buffer.flush

    def __call__(self, level: str, event: str, **fields: Any) -> None:
        """Write one line, unless the level is below the log's."""
        if level not in self._levels:
            return
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        line = {"time": f"{stamp}.{int(now % 1 * 1000):03d}Z", "level": level, "event": event, **fields}
        self._write(orjson.dumps(line, default=str) + b"\n")
        self._flush()


class LibraryHandler(logging.Handler):
    """Passes on what libraries log, so that every line has one form."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a library's record; of an exception only its type, for its text may quote a claim."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        level = "error" if record.levelno >= logging.ERROR else "warning"
        fields = {"error": error} if error else {"message": record.getMessage()}
        self._log(level, "library", source=record.name, **fields)
