"""What the pipeline's programs in Python let pass and refuse: `python3 -m unittest discover azure-devops/tests`."""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(FOLDER), str(FOLDER / "steps")]

import judge  # noqa: E402 - found by the line above
import run_here  # noqa: E402 - as above


class Judge(unittest.TestCase):
    """On both sides of each limit."""

    def said(self, found: list[tuple[int, float | None, float]], version: str = "2") -> list[str]:
        """Return what is said of these answers: status, cost, seconds."""
        limits = argparse.Namespace(version="2", fewest=2, tolerance=0.25, slowest=1.0)
        return list(judge.problems(version, found, limits))

    def test_answers_within_the_limits_are_sound(self) -> None:
        at_most = judge.EXPECTATION * 1.25
        self.assertEqual(self.said([(200, at_most, 1.0), (200, judge.EXPECTATION * 0.75, 0.1)]), [])

    def test_a_cost_too_far_from_the_expectation_is_said(self) -> None:
        for cost in (judge.EXPECTATION * 1.26, judge.EXPECTATION * 0.74):
            (problem,) = self.said([(200, cost, 0.1), (200, cost, 0.1)])
            self.assertIn(f"predicts {cost:.2f}", problem)

    def test_slow_answers_are_said(self) -> None:
        (problem,) = self.said([(200, judge.EXPECTATION, 1.01)] * 2)
        self.assertIn("took longer than 1.01 s", problem)

    def test_few_slow_answers_among_many_are_not(self) -> None:
        self.assertEqual(self.said([(200, judge.EXPECTATION, 0.1)] * 99 + [(200, judge.EXPECTATION, 9.0)]), [])

    def test_answers_that_failed_are_said_with_their_status(self) -> None:
        (problem,) = self.said([(200, judge.EXPECTATION, 0.1), (503, None, 0.1)])
        self.assertEqual(problem, "1 of 2 requests failed, with 503")

    def test_too_few_answers_are_said_of_the_version_that_is_judged_alone(self) -> None:
        (problem,) = self.said([(200, judge.EXPECTATION, 0.1)])
        self.assertIn("answered 1 requests, which is too few", problem)
        self.assertEqual(self.said([(200, judge.EXPECTATION, 0.1)], version="1"), [])


class Drift(unittest.TestCase):
    """The program as the pipeline calls it."""

    def code(self, count: int, mean: float) -> int:
        """Return the exit code for that many predictions with that mean; 100 was the mean at training."""
        segment = {"field": "incident_type", "claims": 10, "mean_cost": 50, "total_to_actual": 2}
        with tempfile.TemporaryDirectory() as folder:
            metrics, model = Path(folder, "metrics.txt"), Path(folder, "model.json")
            name = "claims_expected_cost_pounds"
            metrics.write_text(f"{name}_count {count}\n{name}_sum {count * mean}\n", encoding="utf-8")
            model.write_text(json.dumps({"metrics": {"segments": [segment]}}), encoding="utf-8")
            command = [sys.executable, FOLDER / "steps/drift.py", "--metrics", metrics, "--model", model]
            return subprocess.run(command, capture_output=True, check=False).returncode

    def test_a_mean_within_the_limit_is_sound(self) -> None:
        self.assertEqual(self.code(500, 119), 0)
        self.assertEqual(self.code(500, 81), 0)

    def test_a_mean_that_moved_further_is_drift(self) -> None:
        self.assertEqual(self.code(500, 121), 1)
        self.assertEqual(self.code(500, 79), 1)

    def test_nothing_is_said_of_too_few_predictions(self) -> None:
        self.assertEqual(self.code(499, 500), 2)


class RunHere(unittest.TestCase):
    """What keeps a pipeline from being run on this machine."""

    def setUp(self) -> None:
        """Begin a run in a folder of its own."""
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.log = io.StringIO()
        self.run_of = run_here.Run({}, Path(self.folder.name), self.log)

    def pipeline(self, *steps: dict[str, Any], only: list[str] | None = None) -> list[str]:
        """Run these steps as the job `a` of the stage `s`, and return what came of each."""
        self.run_of.pipeline({"stages": [{"stage": "s", "jobs": [{"job": "a", "steps": list(steps)}]}]}, only or [])
        return self.run_of.results

    def test_steps_run_in_order_and_hand_on_their_outputs(self) -> None:
        said = "##vso[task.setvariable variable=word;isOutput=true]hello"
        first = {"bash": f"echo '{said}'", "name": "first"}
        self.assertEqual(self.pipeline(first, {"bash": '[[ "$(first.word)" == hello ]]'}), ["passed", "passed"])

    def test_what_comes_after_a_failure_is_skipped_but_for_what_always_runs(self) -> None:
        steps = [{"bash": "exit 3"}, {"bash": "true"}, {"bash": "true", "condition": "always()"}]
        self.assertEqual(self.pipeline(*steps), ["failed", "skipped", "passed"])

    def test_a_variable_without_a_value_fails_the_step(self) -> None:
        self.assertEqual(self.pipeline({"bash": "echo $(nobody)"}), ["failed"])
        self.assertIn("the variable nobody has no value here", self.log.getvalue())

    def test_an_output_that_nothing_has_set_fails_the_step(self) -> None:
        text = "$[ stageDependencies.image.build.outputs['push.reference'] ]"
        self.assertEqual(self.pipeline({"bash": "true", "env": {"REFERENCE": text}}), ["failed"])
        self.assertIn("nothing has set the output image.build.push.reference", self.log.getvalue())

    def test_an_artifact_that_nobody_published_fails_the_step(self) -> None:
        self.assertEqual(self.pipeline({"download": "current", "artifact": "evidence"}), ["failed"])
        self.assertIn("there is no artifact evidence", self.log.getvalue())

    def test_a_stage_that_there_is_not_is_refused(self) -> None:
        with self.assertRaisesRegex(run_here.Wrong, "there is no stage t"):
            self.pipeline({"bash": "true"}, only=["t"])


if __name__ == "__main__":
    unittest.main()
