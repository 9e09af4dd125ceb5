"""What the pipeline's programs in Python let pass and refuse: `python3 -m unittest discover azure-devops/tests`."""

from __future__ import annotations

import argparse
import contextlib
import http.server
import io
import json
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock
import urllib.parse
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(FOLDER), str(FOLDER / "steps")]

import drift  # noqa: E402 - found by the line above
import judge  # noqa: E402 - as above
import run_here  # noqa: E402 - as above


class Judge(unittest.TestCase):
    """On both sides of each limit."""

    def said(self, found: list[tuple[int, float | None, float]], version: str = "2") -> list[str]:
        """Return what is said of these answers of version 2: status, cost, seconds."""
        limits = argparse.Namespace(version=version, tolerance=0.25, slowest=1.0)
        return list(judge.problems([judge.Answer(status, "2", cost, late) for status, cost, late in found], limits))

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

    def test_answers_of_another_version_are_said(self) -> None:
        (problem,) = self.said([(200, judge.EXPECTATION, 0.1)], version="3")
        self.assertEqual(problem, "is answered by 2, not by 3")


class JudgedPath(unittest.TestCase):
    """Item 13: a canary is judged by its own answers, whatever the version says."""

    def code(self, canary: float, beside: float) -> object:
        """Return the exit code where the canary and what runs beside it predict so much, under one version."""
        costs = {"/canary": canary, "/service/a/v2/score": beside}

        def answers(_: object, path: str, count: int, __: bytes) -> list[judge.Answer]:
            return [judge.Answer(200, "2", costs[path], 0.1)] * count

        words = ["judge.py", "--address", "https://a.example", "--version", "2", "--path", "/canary"]
        words += ["--beside", "/service/a/v2/score", "--requests", "9"]
        quiet = io.StringIO()
        with (
            unittest.mock.patch.object(judge, "answers", answers),
            unittest.mock.patch.object(sys, "argv", words),
            contextlib.redirect_stdout(quiet),
            contextlib.redirect_stderr(quiet),
            self.assertRaises(SystemExit) as ended,
        ):
            judge.main()
        return ended.exception.code

    def test_a_canary_of_the_running_version_is_judged_by_its_own_answers(self) -> None:
        self.assertEqual(self.code(3 * judge.EXPECTATION, judge.EXPECTATION), 1)

    def test_what_runs_beside_a_sound_canary_is_not_judged_by_its_costs(self) -> None:
        self.assertEqual(self.code(judge.EXPECTATION, 3 * judge.EXPECTATION), 0)


class Drift(unittest.TestCase):
    """The program as the pipeline calls it, with a Prometheus of our own."""

    def code(self, count: int, mean: float) -> int:
        """Return the exit code for that many predictions with that mean; 100 was the mean at training."""
        values = {
            drift.query(f"{drift.METRIC}_count", "claims-v2", "1d"): count,
            drift.query(f"{drift.METRIC}_sum", "claims-v2", "1d"): count * mean,
        }

        class Prometheus(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802 - the library's name
                text = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["query"][0]
                result = [{"value": [0, str(values[text])]}] if text in values else []
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"data": {"result": result}}).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with (
            tempfile.TemporaryDirectory() as folder,
            http.server.HTTPServer(("127.0.0.1", 0), Prometheus) as server,
        ):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            model = Path(folder, "model.json")
            model.write_text(json.dumps({"data": {"mean_prediction": 100}}), encoding="utf-8")
            address = f"http://127.0.0.1:{server.server_port}"
            command = [sys.executable, FOLDER / "steps/drift.py", "--prometheus", address, "--model", model]
            command += ["--deployment", "claims-v2"]
            done = subprocess.run(command, capture_output=True, check=False).returncode  # noqa: S603 - our own program
            server.shutdown()
            return done

    def test_a_mean_within_the_limit_is_sound(self) -> None:
        self.assertEqual(self.code(500, 119), 0)
        self.assertEqual(self.code(500, 81), 0)

    def test_a_mean_that_moved_further_is_drift(self) -> None:
        self.assertEqual(self.code(500, 121), 1)
        self.assertEqual(self.code(500, 79), 1)

    def test_nothing_is_said_of_too_few_predictions(self) -> None:
        self.assertEqual(self.code(499, 500), 2)

    def test_the_judges_own_requests_are_left_out(self) -> None:
        self.assertIn('pod!~".*-canary-.*"', drift.query("m", "claims-v2", "1d"))

    def test_the_other_version_is_left_out(self) -> None:
        self.assertIn('pod=~"claims-v2-.*"', drift.query("m", "claims-v2", "1d"))


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

    def stages(self, names: list[str]) -> list[str]:
        """Run three stages, the last of which names these in `dependsOn` and reads an output of the first."""
        said = "##vso[task.setvariable variable=word;isOutput=true]hello"
        reads = {"word": "$[ stageDependencies.a.a.outputs['set.word'] ]"}
        self.run_of.pipeline(
            {
                "stages": [
                    {"stage": "a", "jobs": [{"job": "a", "steps": [{"bash": f"echo '{said}'", "name": "set"}]}]},
                    {"stage": "b", "jobs": [{"job": "b", "steps": [{"bash": "true"}]}]},
                    {
                        "stage": "c",
                        "dependsOn": names,
                        "variables": reads,
                        "jobs": [{"job": "c", "steps": [{"bash": '[[ "$(word)" == hello ]]'}]}],
                    },
                ]
            },
            [],
        )
        return self.run_of.results

    def test_a_stage_has_the_outputs_of_those_that_it_names(self) -> None:
        self.assertEqual(self.stages(["a", "b"]), ["passed", "passed", "passed"])

    def test_a_stage_that_came_before_by_way_of_another_has_none(self) -> None:
        self.assertEqual(self.stages(["b"]), ["passed", "passed", "failed"])
        self.assertIn("the stage c does not name a in dependsOn", self.log.getvalue())

    def test_stages_run_in_the_order_of_their_dependencies(self) -> None:
        jobs = [{"job": "a", "steps": [{"bash": "true"}]}]
        found = run_here.ordered(
            [{"stage": "late", "dependsOn": "early", "jobs": jobs}, {"stage": "early", "dependsOn": [], "jobs": jobs}],
            "stage",
            [],
        )
        self.assertEqual([each["stage"] for each in found], ["early", "late"])

    def test_stages_that_wait_for_each_other_are_refused(self) -> None:
        with self.assertRaisesRegex(run_here.Wrong, "wait for each other"):
            run_here.ordered([{"stage": "a", "dependsOn": "a", "jobs": []}], "stage", [])

    def test_a_file_goes_with_no_job(self) -> None:
        path = "$(Pipeline.Workspace)/file"
        jobs = [
            {"job": "a", "steps": [{"bash": f"touch {path}"}]},
            {"job": "b", "dependsOn": "a", "steps": [{"bash": f"[[ ! -e {path} ]]"}]},
        ]
        self.run_of.pipeline({"stages": [{"stage": "s", "jobs": jobs}]}, [])
        self.assertEqual(self.run_of.results, ["passed", "passed"])

    def test_a_tasks_arguments_are_taken_apart_by_double_quotes_alone(self) -> None:
        self.assertEqual(run_here.split('--a "b c" --d "" \'e f\''), ["--a", "b c", "--d", "", "'e", "f'"])

    def test_what_runs_within_a_login_runs_without_it(self) -> None:
        inputs = {"scriptPath": "azure-devops/steps/azure-cluster.sh", "arguments": "--group $(no) -- true"}
        self.assertEqual(self.pipeline({"task": "AzureCLI@2", "inputs": inputs}), ["passed"])

    def test_an_artifact_that_nobody_published_fails_the_step(self) -> None:
        self.assertEqual(self.pipeline({"download": "current", "artifact": "evidence"}), ["failed"])
        self.assertIn("there is no artifact evidence", self.log.getvalue())

    def test_a_stage_that_there_is_not_is_refused(self) -> None:
        with self.assertRaisesRegex(run_here.Wrong, "there is no stage t"):
            self.pipeline({"bash": "true"}, only=["t"])


if __name__ == "__main__":
    unittest.main()
