"""The story's registry where its program is missing, or falls over."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from story.containers import NotServing
from story.image import Registry


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
