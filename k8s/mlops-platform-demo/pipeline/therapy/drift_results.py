"""Serves what the drift job wrote: /metrics for Prometheus, / for people; nothing else, and nothing can be written.

python -m therapy.drift_results --store s3://bucket/relief --port 8080
"""

import argparse
import signal
import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from therapy.store import Store, open_store

FILES = {
    "/": ("drift.html", "text/html; charset=utf-8"),
    # Prometheus 3 refuses figures whose type does not say that they are figures.
    "/metrics": ("drift.prom", "text/plain; version=0.0.4; charset=utf-8"),
}


class Results(BaseHTTPRequestHandler):
    """The two files; where the job has not run yet, 503 says so."""

    timeout = 10

    def __init__(self, store: Store, *arguments: object) -> None:
        self.store = store
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answers with the file as it is now."""
        if self.path == "/health":
            self.answer(200, b"up\n")
        elif self.path not in FILES:
            self.answer(404, b"/ is the drift report, /metrics are its figures\n")
        else:
            name, kind = FILES[self.path]
            data = self.store.read(f"drift/{name}")
            if data is None:
                self.answer(503, b"drift was not checked yet\n")
            else:
                self.answer(200, data, kind)

    def answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        """Sends it whole."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_: object) -> None:
        """Not a line for every probe."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", required=True, help="where the drift job writes: s3://BUCKET/PREFIX or a folder")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    # The first process of a container ends by no signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server = ThreadingHTTPServer((given.host, given.port), partial(Results, open_store(given.store)))
    except OSError as error:
        print(f"drift results: cannot listen on {given.host}:{given.port}: {error.strerror}", file=sys.stderr)
        return 1
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
