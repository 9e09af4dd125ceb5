"""Containers of the model and of the pipeline's jobs, started as SageMaker starts them."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PING_SECONDS = 2.0


class NotServing(Exception):
    """A container that fails /ping, with its last line; or a docker command that fails."""


@dataclass(frozen=True)
class Docker:
    """A Docker engine, the label of this run's containers, and the two images."""

    program: str
    label: str
    image: str
    jobs: str
    network: str = "none"

    def __call__(self, *words: str) -> str:
        """Run a docker command; raise `NotServing` with what it said."""
        done = subprocess.run(  # noqa: S603 the program that the caller names
            [self.program, *words], env=os.environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
            raise NotServing(f"docker {words[0]}: {said[-1]}")
        return done.stdout.strip()

    def job(self, volumes: dict[Path, str], command: list[str]) -> tuple[int, str]:
        """Run a job's command as root and without a network; return its exit code and last line."""
        words = [self.program, "run", "--rm", "--label", self.label, "--network", "none"]
        for folder, place in volumes.items():
            words += ["--volume", f"{folder}:{place}"]
        done = subprocess.run(  # noqa: S603 the program that the caller names
            [*words, self.jobs, *command], capture_output=True, text=True, check=False
        )
        lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
        return done.returncode, lines[-1] if lines else "no output"


@contextmanager
def network(docker: Docker) -> Iterator[str]:
    """A network of their own, with no way out: an engine may have no other, and an isolated model reaches nothing."""
    name = docker(
        *("network", "create", "--label", docker.label),
        *("--opt", "com.docker.network.bridge.enable_ip_masquerade=false", f"model-story-{uuid.uuid4().hex[:8]}"),
    )
    try:
        yield name
    finally:
        docker("network", "rm", name)


@dataclass
class Container:
    """One that serves a model."""

    docker: Docker
    id: str
    port: int

    @classmethod
    def start(cls, docker: Docker, model: Path, start_seconds: float = 60) -> Container:
        """Start one with the model at /opt/ml/model and wait for /ping.

        SageMaker gives the argument `serve`, and eight minutes for the first 200; ours needs two seconds.
        """
        words = ["run", "--detach", "--label", docker.label, "--network", docker.network, "--read-only"]
        words += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "512m"]
        words += ["--publish", "127.0.0.1::8080", "--volume", f"{model}:/opt/ml/model:ro"]
        made = docker(*words, "--env", "CLAIMS_MODEL_DIR=/opt/ml/model", docker.image, "serve")
        container = cls(docker, made, 0)
        end = time.monotonic() + start_seconds
        while time.monotonic() < end:
            seen = json.loads(docker("inspect", made))[0]
            if not seen["State"]["Running"]:
                break
            container.port = int(seen["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"])
            if container.ping():
                return container
            time.sleep(0.1)
        said = container.log()
        container.remove()
        raise NotServing(said or "it wrote nothing")

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def ping(self) -> bool:
        """Tell whether /ping answers 200 in time."""
        try:
            with urllib.request.urlopen(f"{self.address}/ping", timeout=PING_SECONDS) as answer:  # noqa: S310 on this machine
                return answer.status == 200
        except OSError:
            return False

    def invoke(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Hand a request on; SageMaker gives a container a minute."""
        request = urllib.request.Request(f"{self.address}/invocations", body, headers)  # noqa: S310 on this machine
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 on this machine
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()
        except OSError as error:
            return 503, {}, str(error).encode()

    def log(self) -> str:
        """Return the last error that it wrote, or its last line."""
        done = subprocess.run(  # noqa: S603 the program that the caller names
            [self.docker.program, "logs", "--tail", "20", self.id], capture_output=True, text=True, check=False
        )
        lines = (done.stdout + done.stderr).strip().splitlines()
        errors = [line for line in lines if "error" in line.lower()]
        return (errors or lines or [""])[-1]

    def stop(self) -> None:
        """Stop it as SageMaker does, by SIGTERM and thirty seconds, and remove it."""
        self.docker("stop", "--time", "30", self.id)
        self.remove()

    def remove(self) -> None:
        """Remove it, whatever it does."""
        self.docker("rm", "--force", self.id)
