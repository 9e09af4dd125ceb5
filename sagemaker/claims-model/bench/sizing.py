"""Measures what the service needs of a node: `python -m bench.sizing --model DIR`. Prints JSON. Linux only."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from bench.compare import free_port, processor_seconds, requests, serving
from bench.load import run


def memory_mib(pid: int, field: str) -> float:
    """Return `VmRSS`, what a process holds now, or `VmHWM`, the most that it ever held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise SystemExit(f"sizing: the kernel does not tell {field}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="folder that train.sh wrote")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the service (this one)")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10, help="length of each load (%(default)s)")
    arguments = parser.parse_args()
    port = free_port()
    environment = {
        "CLAIMS_PORT": str(port),
        "CLAIMS_MODEL_DIR": str(arguments.model.resolve()),
        "CLAIMS_DRAIN_SECONDS": "0",
    }
    failed = 0
    with serving([arguments.python, "-m", "claims_model.serving"], environment, port) as service:
        time.sleep(2)
        before = processor_seconds(service)
        report = {"connections": arguments.connections, "idle_mib": memory_mib(service.pid, "VmRSS")}
        time.sleep(10)
        report["idle_processor_millicores"] = round((processor_seconds(service) - before) * 100, 1)
        # 2,800 claims are just below the largest body that is taken.
        for path, size in (("/score", 1), ("/score", 100), ("/score?drivers=false", 2800)):
            sent = requests(path, size, 7)
            before = processor_seconds(service)
            result = run(port, sent, arguments.connections, arguments.seconds)
            used = processor_seconds(service) - before
            failed += result.failed
            report[f"claims_per_request_{size}"] = {
                "requests": len(result.durations),
                "failed": result.failed,
                "processor_ms_per_request": round(used / len(result.durations) * 1000, 2),
                "resident_mib": memory_mib(service.pid, "VmRSS"),
                "most_mib": memory_mib(service.pid, "VmHWM"),
            }
    print(json.dumps(report, indent=2))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
