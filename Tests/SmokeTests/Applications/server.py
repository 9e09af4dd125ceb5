"""Replaces both applications where a test is about how they are run, and answers as they do.

ABRUPT=1: ends at once when told to stop, whatever is under way.
"""

import http.server
import os
import signal
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as both applications do."""

    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: str, kind: str = "application/json") -> None:
        """Send a whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self) -> None:
        """Answer probes, and the page."""
        if self.path in ("/healthz", "/readyz"):
            self.answer(200 if not stopping.is_set() else 503, "{}")
        elif self.path == "/":
            self.answer(200, f"<!doctype html><title>{os.environ.get('TITLE', 'report')}</title>", "text/html")
        else:
            self.answer(404, "{}")

    def do_POST(self) -> None:
        """Score what looks like a claim."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/score":
            self.answer(404, "{}")
        elif b'"data"' in body and os.environ.get("SHAPE") == "v1":
            self.answer(200, '{"result": [1.5]}')
        elif b'"data"' in body:
            self.answer(200, '{"model_version": "1", "predictions": [{"expected_cost": 1.5}]}')
        else:
            self.answer(422, "{}")

    def log_message(self, *_: object) -> None:
        """Say who asked for what, as both applications do."""
        print(self.path, self.headers.get("X-Request-Id", ""), flush=True)


class Server(http.server.ThreadingHTTPServer):
    """Waits for requests under way when it is closed."""

    daemon_threads = False


stopping = threading.Event()


def stop(*_: object) -> None:
    """End in order, or at once."""
    if os.environ.get("ABRUPT"):
        os._exit(1)
    stopping.set()
    threading.Thread(target=server.shutdown).start()


server = Server(("", 8080), Handler)
signal.signal(signal.SIGTERM, stop)
server.serve_forever()
server.server_close()
sys.exit(0)
