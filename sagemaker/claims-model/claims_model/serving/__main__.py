"""Runs the service: `python -m claims_model.serving`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from types import FrameType

import uvicorn

from claims_model.serving import metrics
from claims_model.serving.application import Application
from claims_model.serving.log import LibraryHandler, Log
from claims_model.serving.settings import Settings

# Longer than the 60 seconds of common load balancers, so that it is they who end an idle connection.
_KEEP_ALIVE_SECONDS = 75


class Server(uvicorn.Server):
    """uvicorn, with a stop that loses no request.

    On SIGTERM it says that it is not ready and goes on serving for half of the drain time, because whoever sends
    requests learns late that it stops. Then it takes no new connections, and requests under way have the other half.
    """

    def __init__(self, settings: Settings, log: Log) -> None:
        self._application = Application(settings, log)
        self._drain_seconds = settings.drain_seconds
        self._model_folder = settings.model_folder
        self._log = log
        self._events: asyncio.AbstractEventLoop = asyncio.get_event_loop()
        self.failed = False
        super().__init__(
            uvicorn.Config(
                self._application,
                host="0.0.0.0",  # noqa: S104 a container is reached from outside
                port=settings.port,
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=int(self._drain_seconds / 2) + 1,
                backlog=2048,
            )
        )

    async def run_until_stopped(self) -> None:
        """Listen at once, load the model meanwhile, serve until stopped."""
        self._events = asyncio.get_event_loop()
        loading = asyncio.ensure_future(self._load())
        await self.serve()
        await loading

    async def _load(self) -> None:
        start = time.perf_counter()

        def load() -> object:
            # Imported here: the runtime takes most of the start, and probes are answered meanwhile.
            from claims_model.serving.scorer import Scorer

            return Scorer(self._model_folder)

        try:
            scorer = await self._events.run_in_executor(None, load)
        except Exception as error:  # The runtime has errors of its own for a file that is no model.
            self._log("error", "model", detail=str(error))
            self.failed = self.should_exit = True
            return
        self._application.scorer = scorer
        metrics.MODEL.labels(scorer.version).set(1)
        self._log("info", "ready", version=scorer.version, seconds=round(time.perf_counter() - start, 3))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; a second signal stops at once."""
        self._events.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        if self._application.draining:
            self.should_exit = self.force_exit = True
            return
        self._application.draining = True
        self._log("info", "draining", seconds=self._drain_seconds)
        self._events.call_later(self._drain_seconds / 2, setattr, self, "should_exit", True)


def main() -> int:
    try:
        settings = Settings.read(os.environ)
    except ValueError as error:
        print(f"claims-model: {error}", file=sys.stderr)
        return 2
    log = Log(settings.log_level)
    logging.getLogger().addHandler(LibraryHandler(log))
    try:
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    except ImportError:
        pass
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = Server(settings, log)
    try:
        loop.run_until_complete(server.run_until_stopped())
    except SystemExit:  # uvicorn's way to say that it cannot listen; it has logged why.
        return 1
    log("info", "stopped")
    return 1 if server.failed else 0


if __name__ == "__main__":
    sys.exit(main())
