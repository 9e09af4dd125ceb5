"""Correction of the server itself, whatever service answers."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler


def correct() -> None:
    answer_in_one_piece()


def answer_in_one_piece() -> None:
    """AWS answers a call that it carried out; with moto one call in 1,500 was sent twice on a busy machine.

    It sends the headers, then the body. Terraform's client, where the body is late, now and then ends the connection
    on the headers (seen in a capture of the traffic: 0.2 ms after them, 4 ms before the body) and sends the call again,
    which meets what the first has made: "already exists", or a second endpoint that no state knows.
    """
    original = MotoRequestHandler.make_environ

    def make_environ(self: MotoRequestHandler) -> dict[str, Any]:
        # A client that asked whether to go on waits for the word before it sends its body.
        self.wfile.flush()
        return original(self)

    MotoRequestHandler.wbufsize = -1
    MotoRequestHandler.make_environ = make_environ
