#!/usr/bin/env python3
# Written by the role icinga.
"""Writes the fleet's running machines as Icinga's hosts, and reloads Icinga where they changed."""

from __future__ import annotations

import ipaddress
import os
import pathlib
import re
import subprocess
import sys

import boto3

FILE = pathlib.Path("/var/lib/icinga-hosts/hosts.conf")
# A tag is text that others write: nothing but these gets into the configuration.
NAME = re.compile(r"[a-z][a-z0-9-]{1,20}")


def machines(fleet: str, region: str) -> dict[str, str]:
    """Returns the private address of each user's running machine."""
    pages = (
        boto3.client("ec2", region_name=region)
        .get_paginator("describe_instances")
        .paginate(
            Filters=[{"Name": "tag:Fleet", "Values": [fleet]}, {"Name": "instance-state-name", "Values": ["running"]}]
        )
    )
    found: dict[str, str] = {}
    for instance in (item for page in pages for entry in page["Reservations"] for item in entry["Instances"]):
        user = next((tag["Value"] for tag in instance["Tags"] if tag["Key"] == "User"), "")
        if NAME.fullmatch(user):
            found[user] = str(ipaddress.ip_address(instance["PrivateIpAddress"]))
    return found


def configuration(found: dict[str, str], fleet: str) -> str:
    """Returns a host object for each machine."""
    return "".join(
        f'object Host "{user}" {{\n  import "workstation"\n  address = "{address}"\n  vars.fleet = "{fleet}"\n}}\n'
        for user, address in sorted(found.items())
    )


def main() -> int:
    """Returns an exit code; a configuration that Icinga refuses is taken back."""
    fleet = os.environ["FLEET"]
    if not NAME.fullmatch(fleet):
        print(f"'{fleet}' is not the name of a fleet", file=sys.stderr)
        return 1
    before = FILE.read_text() if FILE.exists() else ""
    after = configuration(machines(fleet, os.environ["REGION"]), fleet)
    if after == before:
        return 0
    FILE.write_text(after)
    if subprocess.run(["/usr/sbin/icinga2", "daemon", "--validate"], check=False).returncode != 0:  # noqa: S603 written here
        FILE.write_text(before)
        return 1
    return subprocess.run(["/usr/bin/systemctl", "reload", "icinga2.service"], check=False).returncode  # noqa: S603 written here


if __name__ == "__main__":
    sys.exit(main())
