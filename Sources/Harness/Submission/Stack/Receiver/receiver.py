"""Takes Alertmanager's notifications: one line of JSON each, with the receiver's name from the address.

receiver.py PORT FILE
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

PORT, FILE = int(sys.argv[1]), Path(sys.argv[2])
LOCK = Lock()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """Whether it is there."""
        self.answer()

    def do_POST(self) -> None:
        """A notification, as Alertmanager's webhook sends it."""
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with LOCK, FILE.open("a") as file:
            file.write(json.dumps({"receiver": self.path.strip("/"), **sent}) + "\n")
        self.answer()

    def answer(self) -> None:
        """Nothing to say."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The file tells it all."""


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
