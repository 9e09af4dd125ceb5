"""The story's registry where its program is missing, or falls over."""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from story.containers import Docker, NotServing
from story.image import Registry, script


class Missing(unittest.TestCase):
    def begin(self, program: str | None) -> None:
        with tempfile.TemporaryDirectory() as folder:
            if program:
                file = Path(folder, "docker-registry")
                file.write_text(program)
                file.chmod(0o755)
            registry = Registry(Path(folder))
            with mock.patch.dict(os.environ, PATH=folder), mock.patch("story.image.time.sleep"):
                try:
                    registry.__enter__()
                finally:
                    registry.__exit__()

    def test_a_registry_that_is_not_installed_is_named(self) -> None:
        with self.assertRaisesRegex(NotServing, "apt-get install docker-registry"):
            self.begin(None)

    def test_a_registry_that_falls_over_is_told(self) -> None:
        with self.assertRaisesRegex(NotServing, "docker-registry does not answer"):
            self.begin("#!/bin/sh\nexit 1\n")


class Scripts(unittest.TestCase):
    def test_this_python_comes_before_the_one_beside_the_docker(self) -> None:
        done = mock.Mock(returncode=0, stdout="", stderr="")
        with mock.patch("story.image.subprocess.run", return_value=done) as run:
            script(Docker("/usr/bin/docker", "label", "image", "jobs"), "seed.sh")
        folders = run.call_args.kwargs["env"]["PATH"].split(":")
        self.assertEqual(folders[:2], [str(Path(sys.executable).parent), "/usr/bin"])
