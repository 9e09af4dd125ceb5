"""From training to rollback, in one command; prints a line of JSON for each thing that must hold.

{"say": "…"}  {"text": "…", "holds": true, "seen": "…"}  {"text": "…", "skipped": "why"}
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from story.containers import Docker, network
from story.parts import Story
from workflow.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="story", description=__doc__)
    parser.add_argument("--outputs", type=Path, required=True, help="Terraform's outputs as JSON")
    parser.add_argument("--docker", required=True, help="a docker program; DOCKER_HOST says where it works")
    parser.add_argument("--image", required=True, help="the claims model's image")
    parser.add_argument("--label", required=True, help="KEY=VALUE for the containers")
    parser.add_argument("--python", required=True, help="Python that trains the claims model")
    parser.add_argument("--version", required=True, help="the version that Terraform deployed first")
    given = parser.parse_args()
    settings = Settings.read(given.outputs)
    docker = Docker(given.docker, given.label, given.image)
    with tempfile.TemporaryDirectory() as folder, network(docker) as own:
        scratch = Path(folder)
        # The container's user reads the models.
        scratch.chmod(0o755)
        story = Story(settings, replace(docker, network=own), given.python, given.version, scratch)
        try:
            story.begin()
            story.before = story.pipelines() | set(story.executions())
            story.image()
            story.contract()
            story.blind()
            story.usual()
            story.batch()
            report = story.changed()
            execution = story.trigger(report)
            package = story.retrain(execution)
            if package:
                story.release(package)
            story.broken()
            story.cool_down()
        finally:
            story.endpoint.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
