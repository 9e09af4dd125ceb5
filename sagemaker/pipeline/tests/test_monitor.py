"""Capture files as SageMaker documents them, and the judgement on what is in them."""

from __future__ import annotations

import json
import random
import unittest
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.exceptions import BotoCoreError

from monitor.__main__ import tell
from monitor.baseline import baseline
from monitor.captures import Prediction, Unreadable, predictions, results
from monitor.report import TooFew, judge, verdict

FIELDS = (SimpleNamespace(name="age", kind="integer"), SimpleNamespace(name="colour", kind="category"))
KEY = "captures/claims/champion/2026/01/31/09/12-30-501-1.jsonl"


def line(kind: str, data: str, answer_kind: str, answer: str, encoding: str = "JSON") -> str:
    parts = (("endpointInput", kind, "INPUT", data), ("endpointOutput", answer_kind, "OUTPUT", answer))
    captured = {
        name: {"observedContentType": kind, "mode": mode, "data": text, "encoding": encoding}
        for name, kind, mode, text in parts
    }
    metadata = {"eventId": "1", "inferenceId": "claim-1", "inferenceTime": "2026-01-31T09:12:30Z"}
    return json.dumps({"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"})


def sample(count: int, age: Callable[[random.Random], Any], red: float = 0.5) -> list[dict[str, Any]]:
    source = random.Random(1)  # noqa: S311 a seed makes it known
    return [{"age": age(source), "colour": "red" if source.random() < red else "blue"} for _ in range(count)]


def usual(source: random.Random) -> int:
    return source.randrange(20, 80)


class Captures(unittest.TestCase):
    def read(self, *lines: str) -> list[Prediction | Unreadable]:
        return list(predictions(KEY, "\n".join(lines), ["age", "colour"]))

    def test_json_csv_and_base64_say_the_same(self) -> None:
        answer = '{"predictions": [{"expected_cost": 7.5}]}'
        found = self.read(
            line("application/json", '{"age": 30, "colour": "red"}', "application/json", answer),
            line("text/csv", "30,red", "text/csv; charset=utf-8", "7.5", "CSV"),
            line("text/csv", "MzAscmVk", "text/csv", "Ny41", "BASE64"),
            line(
                "application/jsonlines",
                '{"age": 30, "colour": "red"}\n',
                "application/jsonlines",
                '{"expected_cost": 7.5}',
            ),
        )
        self.assertEqual(found, [Prediction("champion", "claim-1", {"age": 30, "colour": "red"}, 7.5)] * 4)

    def test_a_csv_with_a_header_is_read_by_it(self) -> None:
        found = self.read(line("text/csv", "colour,age\nred,", "text/csv", "1", "CSV"))
        self.assertEqual(found, [Prediction("champion", "claim-1", {"colour": "red", "age": None}, 1.0)])

    def test_several_claims_are_joined_with_no_cost(self) -> None:
        found = self.read(line("text/csv", "1,red\n2,red", "text/csv", "1\n2", "CSV"))
        self.assertEqual([item.inference for item in found if isinstance(item, Prediction)], [None, None])

    def test_what_is_no_capture_is_said(self) -> None:
        found = self.read(
            "{",
            "{}",
            line("text/xml", "<a/>", "text/csv", "1"),
            line("text/csv", "1,red", "text/csv", "1\n2", "CSV"),
            line("text/csv", "1,red", "text/csv", "1", "BASE64"),
        )
        self.assertTrue(all(isinstance(item, Unreadable) for item in found))
        self.assertEqual(len(found), 5)


class Results(unittest.TestCase):
    def test_a_batch_job_s_claims_are_read_with_what_it_answered_beside(self) -> None:
        written = '{"id": "7", "claim": {"age": 30}, "SageMakerOutput": {"expected_cost": 7.5}}'
        self.assertEqual(list(results("a/b.jsonl.out", written)), [Prediction("batch", "7", {"age": 30}, 7.5)])

    def test_a_line_without_an_answer_is_said(self) -> None:
        found = list(results("a/b.jsonl.out", '{"id": "7", "claim": {}}\n{'))
        self.assertEqual([str(item).partition(": ")[0] for item in found], ["b.jsonl.out:1", "b.jsonl.out:2"])


class Noted(unittest.TestCase):
    def test_a_small_sample_is_kept_whole_and_a_large_one_in_part(self) -> None:
        for count, kept in ((100, 100), (5000, 500)):
            values = baseline(FIELDS, sample(count, usual))["features"]["age"]["sample"]
            self.assertEqual((len(values), values), (kept, sorted(values)))


class Judgement(unittest.TestCase):
    noted = baseline(FIELDS, sample(5000, usual)) | {"deviance": 0.5}

    def judge(self, claims: list[dict[str, Any]], outcomes: dict[str, float] | None = None) -> dict[str, Any]:
        found = [Prediction("champion", str(number), claim, 100.0) for number, claim in enumerate(claims)]
        return judge(self.noted, found, outcomes or {})

    def test_the_same_claims_are_no_drift(self) -> None:
        report = self.judge(sample(500, usual))
        self.assertEqual(report["drifted"], [])
        self.assertIsNone(verdict(report))

    def test_older_people_are_drift_in_that_field_alone(self) -> None:
        report = self.judge(sample(500, lambda source: usual(source) + 25))
        self.assertEqual(report["drifted"], ["age"])
        self.assertEqual(verdict(report), "age drifted")

    def test_a_colour_that_training_never_saw_is_drift(self) -> None:
        claims = [{**claim, "colour": "green"} for claim in sample(500, usual)]
        self.assertEqual(self.judge(claims)["features"]["colour"]["js"], 1)

    def test_a_field_that_is_missing_is_drift(self) -> None:
        report = self.judge(sample(500, lambda source: None if source.random() < 0.2 else usual(source)))
        self.assertEqual(report["features"]["age"]["over"], ["missing"])

    def test_a_field_without_any_value_is_drift(self) -> None:
        self.assertEqual(self.judge(sample(500, lambda _: None))["features"]["age"]["over"], ["missing"])

    def test_too_few_claims_are_no_judgement(self) -> None:
        with self.assertRaises(TooFew):
            self.judge(sample(199, usual))

    def test_quality_is_known_when_costs_are(self) -> None:
        claims = sample(500, usual)
        right = self.judge(claims, {str(number): 100.0 for number in range(500)})
        self.assertEqual(right["quality"], {"outcomes": 500, "deviance": 0.0, "ratio": 0.0, "total_to_actual": 1.0})
        wrong = self.judge(claims, {str(number): 20.0 for number in range(500)})
        self.assertIn("worse than at training time", verdict(wrong) or "")
        self.assertEqual(self.judge(claims, {"1": 20.0})["quality"], {"outcomes": 1})


class Telling(unittest.TestCase):
    def test_an_event_that_the_bus_does_not_take_is_an_error(self) -> None:
        answer = {"FailedEntryCount": 1, "Entries": [{"ErrorMessage": "throttled"}]}
        with patch("boto3.client", return_value=SimpleNamespace(put_events=lambda **_: answer)):
            self.assertRaises(BotoCoreError, tell, "claims", "drift", "s3://claims", "s3://report")


if __name__ == "__main__":
    unittest.main()
