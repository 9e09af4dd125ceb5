"""Where ECS and EKS keep a container's credentials: gives some to whoever shows the token.

It runs until it is ended.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def main() -> None:
    """Serves on the port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("token")
    arguments = parser.parse_args()

    class Answers(BaseHTTPRequestHandler):
        """One answer for those with the token, another for those without."""

        def do_GET(self) -> None:  # noqa: N802 the name is http.server's
            """Credentials for an hour, or a refusal."""
            is_known = self.headers["Authorization"] == arguments.token
            end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
            content = {
                "AccessKeyId": "CONTAINER", "SecretAccessKey": "made up", "Token": "session",
                "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }  # fmt: skip
            body = json.dumps(content if is_known else {"code": "AccessDenied"}).encode()
            self.send_response(200 if is_known else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    HTTPServer(("127.0.0.1", arguments.port), Answers).serve_forever()


if __name__ == "__main__":
    sys.exit(main())
