"""The images' way: seed.sh and push.sh against a registry on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from story.containers import Docker, NotServing

FOLDER = Path(__file__).parents[2]
OFFLINE = "the story works without network"


class Registry:
    """Debian's docker-registry on a free port, with a folder of its own."""

    def __init__(self, scratch: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.scratch = scratch
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        """Start it, and return its address."""
        program = shutil.which("docker-registry")
        if program is None:
            raise NotServing("docker-registry is not here: apt-get install docker-registry")
        settings = self.scratch / "registry.yml"
        settings.write_text(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n"
            f"    rootdirectory: {self.scratch / 'registry'}\nhttp:\n  addr: {self.address}\n"
        )
        self.process = subprocess.Popen(  # noqa: S603 found on the PATH
            [program, "serve", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://{self.address}/v2/", timeout=2).close()  # noqa: S310 on this machine
            except OSError:
                time.sleep(0.1)
            else:
                return self.address
        raise NotServing("docker-registry does not answer")

    def __exit__(self, *_: object) -> None:
        """End it."""
        if self.process:
            self.process.terminate()
            self.process.wait()


def script(docker: Docker, name: str, *words: str) -> tuple[int, str, list[str]]:
    """Run one of the scripts; return its exit code, its output and its messages."""
    # python3 with boto3, and trivy, are beside this Python; a docker in /usr/bin has the system's python3 beside it.
    tools = [str(Path(sys.executable).parent), str(Path(docker.program).parent), os.environ["PATH"]]
    done = subprocess.run(  # noqa: S603 our own script
        [str(FOLDER / name), *words, "--without-database", OFFLINE],
        env={**os.environ, "PATH": ":".join(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip().splitlines() or [""]
