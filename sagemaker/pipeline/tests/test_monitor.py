"""Capture files as SageMaker documents them, and the judgement on what is in them."""

from __future__ import annotations

import argparse
import io
import json
import random
import unittest
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.exceptions import BotoCoreError

from monitor.__main__ import WINDOW_HOURS, run, tell
from monitor.baseline import baseline
from monitor.captures import Prediction, Unreadable, predictions, results
from monitor.report import TooFew, judge, quality, verdict

FIELDS = (SimpleNamespace(name="age", kind="integer"), SimpleNamespace(name="colour", kind="category"))
KEY = "captures/claims/blue/2026/01/31/09/12-30-501-1.jsonl"
AT = datetime(2026, 1, 31, 9, 12, 30, tzinfo=UTC)


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
        self.assertEqual(found, [Prediction(AT, "claim-1", {"age": 30, "colour": "red"}, 7.5)] * 4)

    def test_a_csv_with_a_header_is_read_by_it(self) -> None:
        found = self.read(line("text/csv", "colour,age\nred,", "text/csv", "1", "CSV"))
        self.assertEqual(found, [Prediction(AT, "claim-1", {"colour": "red", "age": None}, 1.0)])

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
        self.assertEqual(list(results("a/b.jsonl.out", written)), [Prediction(None, "7", {"age": 30}, 7.5)])

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

    def found(self, claims: list[dict[str, Any]]) -> list[Prediction]:
        return [Prediction(AT, str(number), claim, 100.0) for number, claim in enumerate(claims)]

    def judge(self, claims: list[dict[str, Any]]) -> dict[str, Any]:
        return judge(self.noted, self.found(claims))

    def test_the_same_claims_are_no_drift(self) -> None:
        report = self.judge(sample(500, usual))
        self.assertEqual(report["drifted"], [])
        self.assertIsNone(verdict(report["drifted"], 1.1))

    def test_older_people_are_drift_in_that_field_alone(self) -> None:
        report = self.judge(sample(500, lambda source: usual(source) + 25))
        self.assertEqual(report["drifted"], ["age"])
        self.assertEqual(verdict(report["drifted"], 0), "age drifted")

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
        claims = self.found(sample(500, usual))
        right = quality(self.noted, claims, {str(number): 100.0 for number in range(500)})
        self.assertEqual(right, {"outcomes": 500, "deviance": 0.0, "ratio": 0.0, "total_to_actual": 1.0})
        wrong = quality(self.noted, claims, {str(number): 20.0 for number in range(500)})
        self.assertIn("worse than at training time", verdict([], wrong["ratio"]) or "")
        self.assertEqual(quality(self.noted, claims, {"1": 20.0}), {"outcomes": 1})

    def test_claims_that_all_cost_nothing_are_judged(self) -> None:
        found = quality(self.noted, self.found(sample(500, usual)), {str(number): 0.0 for number in range(500)})
        self.assertEqual((found["outcomes"], found["total_to_actual"]), (500, None))


class Bucket:
    """S3 with captures and outcomes; remembers what was listed."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.listed: list[str] = []

    def get_paginator(self, _: str) -> Any:
        def paginate(Prefix: str, **_: str) -> list[dict[str, Any]]:  # noqa: N803 boto3's name
            self.listed.append(Prefix)
            return [{"Contents": [{"Key": key} for key in sorted(self.kept) if key.startswith(Prefix)]}]

        return SimpleNamespace(paginate=paginate)

    def get_object(self, Key: str, **_: str) -> dict[str, Any]:  # noqa: N803 boto3's name
        return {"Body": io.BytesIO(self.kept[Key].encode())}

    def put_object(self, Key: str, Body: bytes, **_: str) -> None:  # noqa: N803 boto3's name
        self.kept[Key] = Body.decode()

    def capture(self, at: datetime, claims: list[dict[str, Any]], variant: str = "blue") -> None:
        lines = []
        for number, claim in enumerate(claims):
            event = json.loads(
                line(
                    "application/json", json.dumps(claim), "application/json", '{"predictions": [{"expected_cost": 9}]}'
                )
            )
            event["eventMetadata"] |= {"inferenceId": f"{at:%d%H}-{number}", "inferenceTime": at.isoformat()}
            lines.append(json.dumps(event))
        self.kept[f"captures/claims/{variant}/{at:%Y/%m/%d/%H}/1.jsonl"] = "\n".join(lines)


class Window(unittest.TestCase):
    def setUp(self) -> None:
        self.s3 = Bucket()
        self.metrics: dict[str, float] = {}
        self.events: list[Any] = []
        noted = baseline(FIELDS, sample(5000, usual))
        self.champion = noted | {"version": 2, "variant": "blue", "since": AT.isoformat(), "deviance": 0.5}

    def run_at(self, at: datetime, **given: Any) -> tuple[int, dict[str, Any]]:
        self.s3.kept["baselines/claims.json"] = json.dumps(self.champion)
        words = {"captures": "s3://c/captures/claims/", "outcomes": "s3://c/outcomes/", "results": None}
        words |= {"baseline": "s3://a/baselines/claims.json", "reports": "s3://c/reports/", "claims": "s3://a/claims/"}
        words |= {"model": "claims", "hours": WINDOW_HOURS, "quality_hours": 168, "until": at} | given

        def put(MetricData: list[dict[str, Any]], **_: Any) -> None:  # noqa: N803 boto3's name
            self.metrics = {item["MetricName"]: item["Value"] for item in MetricData}

        def take(Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 boto3's name
            self.events += Entries
            return {"FailedEntryCount": 0}

        service = SimpleNamespace(put_metric_data=put, put_events=take)
        with (
            patch("boto3.client", side_effect=lambda name: self.s3 if name == "s3" else service),
            redirect_stdout(io.StringIO()) as output,
            redirect_stderr(io.StringIO()),
        ):
            code = run(argparse.Namespace(**words))
        return code, json.loads(output.getvalue())

    def test_claims_before_the_window_are_not_judged(self) -> None:
        old = sample(500, lambda source: usual(source) + 25)
        self.s3.capture(AT + timedelta(hours=1), old)
        self.s3.capture(AT + timedelta(hours=20), sample(300, usual))
        code, report = self.run_at(AT + timedelta(hours=21))
        self.assertEqual((code, report["records"], report["drifted"]), (0, 300, []))

    def test_captures_that_stop_are_seen_by_the_next_run(self) -> None:
        self.s3.capture(AT, sample(500, usual))
        self.assertEqual(self.run_at(AT + timedelta(hours=1))[0], 0)
        self.assertEqual(self.metrics["RecordsJudged"], 500)
        code, report = self.run_at(AT + timedelta(hours=9))
        self.assertEqual((code, self.metrics["RecordsJudged"], report["reason"]), (3, 0, None))

    def test_a_new_champion_is_not_judged_by_the_captures_of_the_one_before(self) -> None:
        changed = sample(500, lambda source: usual(source) + 25)
        # The same variant before it became the champion, and the other variant now.
        self.s3.capture(AT - timedelta(hours=1), changed)
        self.s3.capture(AT + timedelta(hours=1), changed, "green")
        code, report = self.run_at(AT + timedelta(hours=2))
        self.assertEqual((code, report["reason"], self.events), (3, None, []))

    def test_drift_is_told_once_a_run(self) -> None:
        self.s3.capture(AT, sample(500, lambda source: usual(source) + 25))
        code, report = self.run_at(AT + timedelta(hours=1))
        self.assertEqual((code, report["drifted"], len(self.events)), (0, ["age"], 1))

    def test_costs_are_joined_with_predictions_months_old_and_only_those_hours_are_read(self) -> None:
        self.s3.capture(AT, sample(500, usual))
        later = AT + timedelta(days=120)
        known = [
            {"inferenceId": f"{AT:%d%H}-{number}", "cost": 0, "predictedAt": AT.isoformat()} for number in range(500)
        ]
        self.s3.kept[f"outcomes/{later:%Y/%m/%d/%H}/1.jsonl"] = "\n".join(json.dumps(item) for item in known)
        _, report = self.run_at(later + timedelta(hours=1))
        self.assertEqual((report["quality"]["outcomes"], self.metrics["QualityRatio"]), (500, 24.0))
        hours = [prefix for prefix in self.s3.listed if prefix.startswith("captures/")]
        self.assertEqual(len(hours), WINDOW_HOURS + 2)


class Telling(unittest.TestCase):
    def test_an_event_that_the_bus_does_not_take_is_an_error(self) -> None:
        answer = {"FailedEntryCount": 1, "Entries": [{"ErrorMessage": "throttled"}]}
        with patch("boto3.client", return_value=SimpleNamespace(put_events=lambda **_: answer)):
            self.assertRaises(BotoCoreError, tell, "claims", "drift", "s3://claims", "s3://report")


if __name__ == "__main__":
    unittest.main()
