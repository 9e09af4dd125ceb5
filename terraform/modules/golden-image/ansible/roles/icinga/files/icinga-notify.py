#!/usr/bin/env python3
# Written by the role icinga.
"""Publishes a notification of Icinga to the team's topic, signed with the machine's role."""

from __future__ import annotations

import os
import pathlib

import boto3


def main() -> None:
    """Reads what happened from the environment, and the topic from the machine's user data."""
    lines = pathlib.Path(os.environ.get("MONITORING", "/etc/monitoring.env")).read_text().split()
    settings = dict(line.split("=", 1) for line in lines)
    service = os.environ.get("SERVICE", "")
    # Where a notification is about a host, Icinga leaves the service's macros as they are written.
    is_service = bool(service) and "$" not in service
    place = f"{os.environ['HOST']}/{service}" if is_service else os.environ["HOST"]
    state = os.environ["SERVICE_STATE" if is_service else "HOST_STATE"]
    boto3.client("sns", region_name=settings["REGION"]).publish(
        TopicArn=settings["TOPIC_ARN"],
        Subject=f"{os.environ['NOTIFICATION']}: {place} is {state}"[:100],
        Message=os.environ.get("OUTPUT", "") if is_service else f"{place} is {state}",
    )


if __name__ == "__main__":
    main()
