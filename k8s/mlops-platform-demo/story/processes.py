"""Programs that run as long as the story needs them, and end with it however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

BIN = Path(sys.executable).parent
PIPELINE = Path(__file__).resolve().parent.parent / "pipeline"
# No tool reports its use to anybody, and no tool takes both cores.
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{BIN}:{os.environ.get('PATH', '')}",
    "PYTHONPATH": str(PIPELINE),
    "PYTHONWARNINGS": "ignore",
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "OMP_NUM_THREADS": "1",
}
# Leads the program's process group, and ends it all a second after a story that was killed: also what the program has
# started, as MLflow starts its web server and the pipeline its steps. A request to end goes to the program, whose
# code it ends with.
GUARD = """
trap : TERM
story=$PPID
"$@" &
program=$!
(while kill -0 "$story" 2>/dev/null; do sleep 1; done; kill -KILL 0) &
wait "$program"
code=$?
while kill -0 "$program" 2>/dev/null; do wait "$program"; code=$?; done
exit "$code"
"""


class NotReady(RuntimeError):
    """A program did not come up; the message has the end of its log."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A process with its log; a context that ends it and all that it started."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            # The commands are written in this folder; nothing of them comes from outside.
            self.process = subprocess.Popen(  # noqa: S603 no shell, fixed commands
                ["/bin/sh", "-c", GUARD, name, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
                cwd=folder,
                start_new_session=True,
            )

    def __enter__(self) -> "Program":
        """Nothing more to do: the process runs."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self.stop()

    def wait_for(self, url: str, seconds: float = 180) -> None:
        """Returns when the address answers 200; throws `NotReady` when it does not in time or the process ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise NotReady(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 an address of 127.0.0.1
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise NotReady(f"{self.name} does not answer at {url} after {seconds:.0f} s:\n{self.tail()}")

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, seconds: float = 15) -> None:
        """Asks the process group to end, and makes it when it does not."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def mlflow_server(folder: Path, port: int) -> Program:
    """MLflow's own server: runs and registry in SQLite, artifacts in a folder that only the server touches."""
    home = folder / "mlflow"
    home.mkdir(parents=True, exist_ok=True)
    program = Program(
        "mlflow",
        [str(BIN / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        + ["--backend-store-uri", f"sqlite:///{home}/mlflow.db", "--artifacts-destination", str(home / "artifacts")],
        folder,
    )
    program.wait_for(f"http://127.0.0.1:{port}/health")
    return program


def predictor(folder: Path, port: int, version: str, model: Path, request_log: str = "") -> Program:
    """KServe's server with one version of the model."""
    program = Program(
        f"predictor-{version}",
        [sys.executable, str(Path(__file__).with_name("serve_on_loopback.py"))]
        + ["--model_name", "relief", "--model_dir", str(model), "--model_version", version]
        + ["--http_port", str(port), "--enable_grpc", "false", "--enable_latency_logging", "false"]
        + ["--request_log", request_log],
        folder,
    )
    program.wait_for(f"http://127.0.0.1:{port}/v2/health/ready")
    return program
