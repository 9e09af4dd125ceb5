"""Runs the S3 processor and its peers over the same objects in the same emulator, and compares what they say.

Prints one line of JSON for each figure. Servers are its own, on free ports, and end with it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

HERE = Path(__file__).parent
FILES = ["claims.csv", "claims.csv.gz", "claims.jsonl", "claims.jsonl.gz"]
PEERS = ["streaming", "pandas", "polars"]


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs beside the block."""
    process = subprocess.Popen(  # noqa: S603 our own programs
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def invoke(port: int, event: dict[str, Any]) -> tuple[float, Any]:
    """Sends an event to the Runtime Interface Emulator; waits until it listens."""
    address = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
    while True:
        start = time.perf_counter()
        try:
            with urllib.request.urlopen(address, json.dumps(event).encode(), timeout=900) as answer:  # noqa: S310 the emulator, on this machine
                return time.perf_counter() - start, json.loads(answer.read())
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.001)


def peak_kilobytes(parent: int) -> int:
    """The most memory that the function under an emulator held."""
    tasks = Path(f"/proc/{parent}/task").iterdir()
    child = next(line for task in tasks for line in (task / "children").read_text().split())
    status = Path(f"/proc/{child}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


class Bench:
    """The emulated S3 with its objects."""

    def __init__(self, arguments: argparse.Namespace, port: int) -> None:
        """Waits for the emulator."""
        self.arguments = arguments
        self.environment = {
            "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "OUTPUT_BUCKET": "claims-output", "AWS_LAMBDA_FUNCTION_TIMEOUT": "900",
        }  # fmt: skip
        os.environ.update(self.environment)
        retries = {"mode": "standard", "max_attempts": 20}
        self.s3 = boto3.client("s3", config=Config(request_checksum_calculation="when_required", retries=retries))
        for bucket in ("claims-input", "claims-output"):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def put(self, path: Path) -> str:
        """Uploads an input; its ETag."""
        self.s3.upload_file(str(path), "claims-input", path.name)
        return str(self.s3.head_object(Bucket="claims-input", Key=path.name)["ETag"]).strip('"')

    def ours(self, key: str, etag: str, results: str) -> dict[str, Any]:
        """The processor under the emulator, its second invocation."""
        port, api = free_port(), free_port()
        event = {
            "Records": [
                {
                    "eventName": "ObjectCreated:Put",
                    "s3": {"bucket": {"name": "claims-input"}, "object": {"key": key, "eTag": etag}},
                }
            ]
        }
        environment = {**self.environment, "OUTPUT_RESULTS": results}
        with server(self.emulator(port, api, [self.arguments.bootstrap]), environment) as process:
            invoke(port, {"Event": "s3:TestEvent"})
            seconds, answer = invoke(port, event)
            peak = peak_kilobytes(process.pid)
        summary = json.loads(
            self.s3.get_object(Bucket="claims-output", Key=answer["objects"][0]["summary"])["Body"].read()
        )
        groups = {
            f"{group['claim_type']} {group['region']}": [
                group["count"],
                *(round(group[name] * 100) for name in ("sum", "min", "max", "p50", "p90", "p99")),
            ]
            for group in summary["groups"]
        }
        written = sum(result["bytes"] for result in summary.get("results", {}).values())
        return {
            "seconds": seconds, "peakKB": peak, "groups": groups, "rows": summary["rows"]["read"], "written": written,
        }  # fmt: skip

    def emulator(self, port: int, api: int, command: list[str]) -> list[str]:
        """The Runtime Interface Emulator's command line."""
        return [
            self.arguments.emulator, "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
            "--runtime-api-address", f"127.0.0.1:{api}", "--log-level", "error", *command,
        ]  # fmt: skip

    def peer(self, way: str, key: str, results: str) -> dict[str, Any]:
        """A peer, in a process of its own."""
        done = subprocess.run(  # noqa: S603 our own program
            [sys.executable, str(HERE / "peers.py"), way, "claims-input", key, "--results", results],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{way} {key}: {done.stderr.strip().splitlines()[-1]}")
        return json.loads(done.stdout)

    def start_seconds(self, command: list[str]) -> float:
        """From the start of the process to its first answer; the best of ten."""
        return min(first_answer(command, self.environment) for _ in range(10))


def first_answer(command: list[str], environment: dict[str, str]) -> float:
    """Starts a function with a Runtime API that has one event for it, and nothing else to do."""
    answered = threading.Event()

    class RuntimeAPI(BaseHTTPRequestHandler):
        """As much of it as one invocation needs."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802 the name is http.server's
            """Hands out the event, once."""
            if answered.is_set():
                return
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
            self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000))
            self.finish_with(b'{"Event": "s3:TestEvent"}')

        def do_POST(self) -> None:  # noqa: N802 as above
            """Takes the answer."""
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(202)
            self.finish_with(b"")
            answered.set()

        def finish_with(self, body: bytes) -> None:
            """The end of an answer."""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    api = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeAPI)
    # The function is killed while it waits for a second event.
    api.handle_error = lambda *_: None
    threading.Thread(target=api.serve_forever, daemon=True).start()
    variables = {**environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}"}
    start = time.perf_counter()
    with server(command, variables):
        if not answered.wait(30):
            raise SystemExit(f"{command[0]} does not answer")
        seconds = time.perf_counter() - start
    api.shutdown()
    return seconds


def agree(ours: dict[str, list[int]], theirs: dict[str, list[int]]) -> None:
    """Counts, sums and extremes are equal; quantiles are within the bound, or a rank beside it."""
    if ours.keys() != theirs.keys():
        raise SystemExit("the groups differ")
    for name, mine in ours.items():
        other = theirs[name]
        if mine[:4] != other[:4]:
            raise SystemExit(f"{name}: {mine[:4]} and {other[:4]}")
        for one, two in zip(mine[4:], other[4:], strict=True):
            # 1/256 is the sketch's bound; the peers interpolate to a neighbouring rank in small groups.
            if mine[0] > 1000 and abs(one - two) > two * 0.03:
                raise SystemExit(f"{name}: quantiles {mine[4:]} and {other[4:]}")


def main() -> None:
    """Runs everything once."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--bootstrap", "--emulator", "--moto", "--moto-script", "--maker"):
        parser.add_argument(name, required=True)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--results", default="summary,all")
    arguments = parser.parse_args()
    port = free_port()
    moto = [arguments.moto, "-EsB", arguments.moto_script, "-H", "127.0.0.1", "-p", str(port)]
    with tempfile.TemporaryDirectory() as folder, server(moto, dict(os.environ)):
        bench = Bench(arguments, port)
        for name in FILES:
            path = Path(folder) / name
            size = str(arguments.megabytes * 1_000_000)
            subprocess.run([sys.executable, arguments.maker, str(path), "--bytes", size], check=True)  # noqa: S603 our own program
            etag = bench.put(path)
            path.unlink()
            floor = bench.peer("download", name, "summary")["seconds"]
            for results in arguments.results.split(","):
                ours = bench.ours(name, etag, results)
                if ours["written"]:
                    ours["upload"] = bench.peer("upload", name, str(ours["written"]))["seconds"]
                print(json.dumps({"file": name, "results": results, "way": "ours", "floor": floor, **ours}), flush=True)
                for way in arguments.peers.split(","):
                    theirs = bench.peer(way, name, results)
                    agree(ours["groups"], theirs.pop("groups"))
                    print(json.dumps({"file": name, "results": results, "way": way, **theirs}), flush=True)
        peer = [sys.executable, str(HERE / "peers.py"), "serve"]
        starts = {"ours": bench.start_seconds([arguments.bootstrap]), "boto3": bench.start_seconds(peer)}
        print(json.dumps({"start": starts}), flush=True)


if __name__ == "__main__":
    main()
