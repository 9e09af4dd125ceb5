"""Run the service: `python -m claims_model.serving`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from types import FrameType
from typing import Any

import uvicorn

from claims_model.serving import metrics
from claims_model.serving.application import State, create_app
from claims_model.serving.log import LibraryHandler, Log
from claims_model.serving.settings import Settings

# Longer than the 60 seconds of common load balancers, which then close idle connections first.
_KEEP_ALIVE_SECONDS = 75


class Server(uvicorn.Server):
    """uvicorn with a stop that loses no request.

    On SIGTERM the service is unready at once and still serves for half of the drain time, because load balancers learn
    late that it stops. Then it accepts no new connections, and requests under way have the other half.
    """

    def __init__(self, settings: Settings, log: Log) -> None:
        self._state = State()
        self._drain_seconds = settings.drain_seconds
        self._model_folder = settings.model_folder
        self._log = log
        self._events: asyncio.AbstractEventLoop = asyncio.get_event_loop()
        self.failed = False
        super().__init__(
            uvicorn.Config(
                create_app(settings, log, self._state),
                host="0.0.0.0",  # noqa: S104 a container is reached from outside
                port=settings.port,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=int(self._drain_seconds / 2) + 1,
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

        def load() -> Any:
            # Imported here: the runtime takes most of the start, and probes are answered meanwhile.
            if (self._model_folder / "model_meta_data.json").exists():
                from claims_model.serving.supplied import SuppliedScorer

                return SuppliedScorer(self._model_folder)
            from claims_model.serving.scorer import Scorer

            return Scorer(self._model_folder)

        try:
            scorer = await self._events.run_in_executor(None, load)
        except Exception as error:  # The runtimes raise their own errors for a file that is not a model.
            self._log("error", "model", detail=str(error))
            self.failed = self.should_exit = True
            return
        self._state.scorer = scorer
        metrics.MODEL.labels(scorer.version).set(1)
        self._log(
            "info",
            "ready",
            version=scorer.version,
            trained_on=scorer.source,
            seconds=round(time.perf_counter() - start, 3),
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; a second signal stops at once."""
        self._events.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        if self._state.draining:
            self.should_exit = self.force_exit = True
            return
        self._state.draining = True
        self._log("info", "draining", seconds=self._drain_seconds)
        self._events.call_later(self._drain_seconds / 2, setattr, self, "should_exit", True)


def main() -> int:
    # SageMaker starts a container with the argument serve.
    if sys.argv[1:] not in ([], ["serve"]):
        print(f"claims-model: unknown argument {sys.argv[1]}; settings are environment variables", file=sys.stderr)
        return 2
    try:
        settings = Settings.read(os.environ)
    except ValueError as error:
        print(f"claims-model: {error}", file=sys.stderr)
        return 2
    log = Log(settings.log_level)
    logging.getLogger().addHandler(LibraryHandler(log))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = Server(settings, log)
    try:
        loop.run_until_complete(server.run_until_stopped())
    except SystemExit:  # uvicorn cannot listen, and has logged why.
        return 1
    log("info", "stopped")
    return 1 if server.failed else 0


if __name__ == "__main__":
    sys.exit(main())
