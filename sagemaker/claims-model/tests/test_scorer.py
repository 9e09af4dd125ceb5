from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from claims_model.schema import FEATURES, encode
from claims_model.serving.scorer import Scorer
from claims_model.training.claims import Claims
from tests.conftest import ROOT


def test_drivers_are_the_differences_that_single_calls_show(
    claims: Claims, folder: Path, description: dict[str, Any]
) -> None:
    scorer = Scorer(folder)
    reference = [feature.encode(description["reference"][feature.name]) for feature in FEATURES]
    rows = claims.rows[70_000:70_050].tolist()
    for row, score in zip(rows, scorer.score(rows)):
        (cost,) = scorer.predict([row])
        assert score.expected_cost == cost
        effects = {}
        for index, feature in enumerate(FEATURES):
            changed = [*row[:index], reference[index], *row[index + 1 :]]
            effects[feature.name] = cost - scorer.predict([changed])[0]
        largest = sorted((abs(effect) for effect in effects.values()), reverse=True)[:3]
        assert [abs(driver["effect"]) for driver in score.drivers] == pytest.approx(
            largest[: len(score.drivers)], abs=0.1
        )
        for driver in score.drivers:
            assert driver["effect"] == pytest.approx(effects[driver["field"]], abs=0.1)


def test_a_claim_at_its_reference_has_no_drivers(folder: Path, description: dict[str, Any]) -> None:
    row, _ = encode(description["reference"])
    assert Scorer(folder).score([row])[0].drivers == []


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("model.onnx", lambda content: content + b" ", "is not the file whose SHA-256 model.json names"),
        ("model.onnx", lambda content: None, "No such file"),
        ("model.json", lambda content: None, "No such file"),
        ("model.json", lambda content: content[:-20], "Expecting"),
        ("model.json", lambda content: content.replace(b"17 to 110", b"16 to 110"), "other fields"),
        (
            "model.json",
            lambda content: content.replace(b'"reference"', b'"references"'),
            "model.json lacks 'reference'",
        ),
    ],
)
def test_a_model_that_is_not_the_described_one_is_refused(
    folder: Path, tmp_path: Path, name: str, change: Any, reason: str
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "model"))
    content = change((copy / name).read_bytes())
    if content is None:
        (copy / name).unlink()
    else:
        (copy / name).write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        Scorer(copy)


def test_nothing_that_is_served_can_load_a_pickle() -> None:
    for file in (ROOT / "claims_model/serving").glob("*.py"):
        assert not any(word in file.read_text() for word in ("pickle", "joblib", "allow_pickle")), file


def test_the_example_is_a_claim() -> None:
    assert encode(json.loads((ROOT / "examples/claim.json").read_bytes()))[1] == []
