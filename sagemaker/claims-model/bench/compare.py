"""Measures the service against the same model served the usual way: `python -m bench.compare --model DIR`.

Same claims, same connections, one process each, by turns in one run. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

from bench.load import Result, run
from claims_model.schema import FEATURES
from claims_model.training.claims import generate

ROOT = Path(__file__).resolve().parent.parent


def requests(path: str, size: int, seed: int) -> list[bytes]:
    """Return a hundred different requests with `size` claims each."""
    rows = generate(100 * size, seed).rows
    claims = [{feature.name: feature.decode(value) for feature, value in zip(FEATURES, row.tolist())} for row in rows]
    made = []
    for first in range(0, len(claims), size):
        body = json.dumps(claims[first] if size == 1 else claims[first : first + size]).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        made.append(head.encode() + b"\r\n\r\n" + body)
    return made


@contextmanager
def serving(command: list[str], environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a service, yield it once it is ready, and stop it."""
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 the commands stand below
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()  # noqa: S310 a fixed URL
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() - start > 300:
                    raise SystemExit(f"compare: {command[0]} did not start") from None
                time.sleep(0.01)
        print(f"compare: ready after {time.perf_counter() - start:.2f} s", file=sys.stderr)
        yield process
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time that a service has used: what it costs, however busy the machine is with others."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measures(results: list[Result], used: float) -> dict[str, float]:
    """Return the median over the rounds of what each measured."""
    rounds = []
    for result in results:
        times = sorted(result.durations)
        rounds.append(
            (len(times) / result.seconds, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)
        )
    count = sum(len(result.durations) for result in results)
    rate, half, most = (statistics.median(column) for column in zip(*rounds))
    return {
        "requests_per_second": round(rate, 1),
        "p50_ms": round(half, 2),
        "p99_ms": round(most, 2),
        "processor_ms_per_request": round(used / count * 1000, 3),
        "requests": count,
        "failed": sum(result.failed for result in results),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="folder that train.sh wrote")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the service (this one)")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4, help="length of a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, by turns (%(default)s)")
    arguments = parser.parse_args()
    data = json.loads((arguments.model / "model.json").read_bytes())["data"]
    claims = data["training_claims"] + data["test_claims"]
    failed = 0
    ports = {"service": free_port(), "usual": free_port()}
    usual = ["-m", "uvicorn", "bench.usual:application", "--port", str(ports["usual"]), "--no-access-log"]
    report: dict[str, Any] = {
        "connections": arguments.connections,
        "seconds": arguments.seconds,
        "rounds": arguments.rounds,
        "usual": "FastAPI, pydantic, scikit-learn predict, uvicorn with uvloop and httptools, no drivers, no log",
        "service": "with metrics and a log line for each request",
    }
    with serving(
        [arguments.python, "-m", "claims_model.serving"],
        {
            "CLAIMS_PORT": str(ports["service"]),
            "CLAIMS_MODEL_DIR": str(arguments.model.resolve()),
            "CLAIMS_DRAIN_SECONDS": "0",
        },
        ports["service"],
    ) as service, serving(
        [sys.executable, *usual],
        {"BENCH_CLAIMS": str(claims), "BENCH_SEED": str(data["seed"]), "OMP_NUM_THREADS": "1"},
        ports["usual"],
    ) as other:
        for size in (1, 100):
            plain, explained = (requests(path, size, data["seed"] + 1) for path in ("/score?drivers=false", "/score"))
            contenders = {
                "service": (service, ports["service"], plain),
                "service_with_drivers": (service, ports["service"], explained),
                "usual": (other, ports["usual"], explained),
            }
            results: dict[str, list[Result]] = {name: [] for name in contenders}
            used = dict.fromkeys(contenders, 0.0)
            for _, port, sent in contenders.values():
                run(port, sent, arguments.connections, 0.5)  # warm
            for _ in range(arguments.rounds):
                for name, (process, port, sent) in contenders.items():
                    before = processor_seconds(process)
                    results[name].append(run(port, sent, arguments.connections, arguments.seconds))
                    used[name] += processor_seconds(process) - before
            each: dict[str, Any] = {name: measures(results[name], used[name]) for name in contenders}
            for name in ("service", "service_with_drivers"):
                each[name]["times_the_usual"] = round(
                    each[name]["requests_per_second"] / each["usual"]["requests_per_second"], 1
                )
                each[name]["part_of_the_usual_processor_time"] = round(
                    each[name]["processor_ms_per_request"] / each["usual"]["processor_ms_per_request"], 3
                )
            report[f"claims_per_request_{size}"] = each
            failed += sum(measured["failed"] for measured in each.values())
    print(json.dumps(report, indent=2))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
