"""Calls of the AWS API for the harness: a request as JSON on each line of the input, an answer on each of the output.

One process serves many calls; the AWS CLI needs most of a second to start for each. Credentials, region and endpoint
come from the environment, as for the CLI.

    {"service": "sts", "operation": "GetCallerIdentity", "parameters": {}}
    {"answer": {"Account": "123456789012", …}}  or  {"code": "AccessDenied", "message": "…"}

A request may name another identity, "as": {"key": …, "secret": …, "token": …} or "as": {} for nobody, and headers
that it carries as well.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from typing import Any

from botocore import UNSIGNED
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session


@cache
def session() -> Session:
    return Session()


@cache
def client(service: str, identity: str, headers: str) -> BaseClient:
    chosen = json.loads(identity)
    made = session().create_client(
        service,
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL"),
        aws_access_key_id=chosen and chosen.get("key"),
        aws_secret_access_key=chosen and chosen.get("secret"),
        aws_session_token=chosen and chosen.get("token"),
        config=Config(
            retries={"mode": "standard", "max_attempts": 2},
            connect_timeout=30,
            read_timeout=120,
            signature_version=UNSIGNED if chosen == {} else None,
        ),
    )

    def add_headers(request: AWSRequest, **_: Any) -> None:
        for name, value in json.loads(headers).items():
            request.headers[name] = value

    # Before signing, so that the signature covers them.
    made.meta.events.register("before-sign", add_headers)
    return made


def plain(value: Any) -> Any:
    """What JSON has no type for: times as text, streams as their content."""
    return value.read().decode() if hasattr(value, "read") else str(value)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        caller = client(request["service"], json.dumps(request.get("as")), json.dumps(request.get("headers", {})))
        found = caller._make_api_call(request["operation"], request["parameters"])
        found.pop("ResponseMetadata", None)
        return {"answer": found}
    except ClientError as error:
        return {"code": error.response["Error"].get("Code", "?"), "message": str(error)}
    except BotoCoreError as error:
        return {"code": type(error).__name__, "message": str(error)}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line)), default=plain), flush=True)


if __name__ == "__main__":
    main()
