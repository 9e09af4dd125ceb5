#!/usr/bin/env python3
# Written by the role prometheus.
"""Sets how the log server keeps the workstations' lines: an index template, and a policy that deletes old weeks.

Terraform's AWS provider reaches the domain's own API nowhere, and the workstations may only write, so this machine does
it at each boot. A repeated run changes nothing.

Sources: https://docs.opensearch.org/latest/im-plugin/ism/api/
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ism.html
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.parse
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

Json = dict[str, Any]
NOT_FOUND = 404


def template(index: str) -> Json:
    """Returns the index template. The service's default is five shards, too many for a week of lines."""
    kinds = {"@timestamp": "date", "priority": "byte", "message": "text"}
    kinds |= dict.fromkeys(["user", "host", "unit", "program"], "keyword")
    return {
        "index_patterns": [f"{index}-*"],
        "template": {
            "settings": {"number_of_shards": 1, "number_of_replicas": 1},
            "mappings": {"dynamic": False, "properties": {name: {"type": kind} for name, kind in kinds.items()}},
        },
    }


def policy(index: str, days: int) -> Json:
    """Returns the policy. An index holds a week, so its last line is kept for the days as well."""
    delete = {"state_name": "deleted", "conditions": {"min_index_age": f"{days + 7}d"}}
    return {
        "policy": {
            "description": f"Keep each line for {days} days at least",
            "default_state": "kept",
            "states": [
                {"name": "kept", "actions": [], "transitions": [delete]},
                {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
            ],
            "ism_template": [{"index_patterns": [f"{index}-*"], "priority": 100}],
        }
    }


def call(method: str, path: str, body: Json | None = None, parameters: Json | None = None) -> Json | None:
    """Calls the server, signed with the machine's role. Returns nothing where the path does not exist."""
    url = os.environ["LOG_SERVER"] + path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")
    data = json.dumps(body) if body is not None else None
    request = AWSRequest(method, url, headers={"Content-Type": "application/json"}, data=data)
    SigV4Auth(boto3.Session().get_credentials(), "es", os.environ["REGION"]).add_auth(request)
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection(place.netloc, timeout=30)
    try:
        connection.request(
            method, f"{place.path}?{place.query}" if place.query else place.path, data, dict(request.headers.items())
        )
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status == NOT_FOUND:
        return None
    if response.status not in (http.client.OK, http.client.CREATED):
        raise OSError(f"{method} {path}: the server answered {response.status}: {answer[:200]!r}")
    result: Json = json.loads(answer)
    return result


def main() -> None:
    """Sets template and policy, and applies the policy to the indexes that exist."""
    if not os.environ.get("LOG_SERVER", "").startswith("https://"):
        print("no log server over HTTPS is set: no lifecycle is set")
        return
    index, days = os.environ["LOG_INDEX"], int(os.environ["LOG_RETENTION_DAYS"])
    call("PUT", f"/_index_template/{index}", template(index))
    path = f"/_plugins/_ism/policies/{index}"
    before = call("GET", path)
    # A policy that exists is replaced only by who names the version that it replaces.
    version = {"if_seq_no": before["_seq_no"], "if_primary_term": before["_primary_term"]} if before else None
    call("PUT", path, policy(index, days), version)
    # For indexes that are older than the policy, and for those that follow its former version.
    for action in ("add", "change_policy"):
        call("POST", f"/_plugins/_ism/{action}/{index}-*", {"policy_id": index})


if __name__ == "__main__":
    main()
