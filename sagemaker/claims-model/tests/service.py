"""The service under test: a process of any Python, or a container with the manifests' security settings."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SECURITY = (
    "--read-only --user 10001:10001 --cap-drop ALL --security-opt no-new-privileges "
    "--memory 256m --memory-swap 256m --cpus 1 --pids-limit 128"
)


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Service:
    port: int

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, timeout: float = 20
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Reply:
        return self.request("GET", path)

    def post(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Reply:
        content = body if isinstance(body, (bytes, str)) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, content, {"Content-Type": content_type, **named})

    def wait_until_ready(self) -> None:
        end = time.monotonic() + 30
        while True:
            try:
                if self.get("/readyz").status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < end, f"not ready after 30 s: {self.log()}"
            time.sleep(0.02)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.log().splitlines()) if line["event"] == name]

    def log(self) -> str:
        raise NotImplementedError

    def signal(self, number: int) -> None:
        raise NotImplementedError

    def wait(self) -> int:
        raise NotImplementedError

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()


class Process(Service):
    def __init__(self, python: str, model: Path, settings: dict[str, Any]) -> None:
        self.port = free_port()
        self._output, name = tempfile.mkstemp()
        # Without a name, so that nothing is left of it.
        Path(name).unlink()
        self._process = subprocess.Popen(
            [python, "-m", "claims_model.serving"],
            cwd=ROOT,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
                "CLAIMS_PORT": str(self.port),
                "CLAIMS_MODEL_DIR": str(model),
                **{name: str(value) for name, value in settings.items()},
            },
            stdout=self._output,
        )
        self.wait_until_ready()

    def log(self) -> str:
        size = os.fstat(self._output).st_size
        return os.pread(self._output, size, 0).decode()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        return self._process.wait(30)


def docker(*arguments: str) -> str:
    # The first client on the PATH need not be one that builds, but each can run.
    program = shutil.which("docker") or shutil.which("podman")
    assert program, "neither docker nor podman is on the PATH"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Container(Service):
    def __init__(self, image: str, model: Path, settings: dict[str, Any]) -> None:
        del model  # It has its own.
        self.port = free_port()
        environment = [part for name, value in settings.items() for part in ("--env", f"{name}={value}")]
        if "bridge" in docker("network", "ls", "--format", "{{.Name}}").split():
            network = ["--publish", f"127.0.0.1:{self.port}:8080"]
        else:
            # An engine without a bridge, as the harness starts one.
            network = ["--network", "host", "--env", f"CLAIMS_PORT={self.port}"]
        # With the argument that SageMaker gives.
        self.name = docker("run", "--detach", *SECURITY.split(), *network, *environment, image, "serve").strip()
        self.wait_until_ready()

    def log(self) -> str:
        return docker("logs", self.name)

    def signal(self, number: int) -> None:
        docker("kill", "--signal", str(number), self.name)

    def wait(self) -> int:
        code = int(docker("wait", self.name))
        docker("rm", self.name)
        return code
