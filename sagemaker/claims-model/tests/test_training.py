from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from claims_model.schema import FEATURES, NAMES, encode
from claims_model.training import card, export
from claims_model.training.__main__ import Refused, train
from claims_model.training.claims import Claims, expected_cost, generate
from claims_model.training.model import CostModel
from tests.conftest import ROOT, SEED


def test_the_same_seed_makes_the_same_claims_and_another_seed_others() -> None:
    first, again, other = generate(1_000, 7), generate(1_000, 7), generate(1_000, 8)
    assert np.array_equal(first.rows, again.rows, equal_nan=True)
    assert np.array_equal(first.cost, again.cost)
    assert not np.array_equal(first.cost, other.cost)


def test_costs_scatter_around_the_known_expectation(claims: Claims) -> None:
    ratio = claims.cost / claims.expected
    # Mean 1 and variance one half, as a gamma distribution of shape 2 has; four standard errors of 80,000 claims.
    assert abs(ratio.mean() - 1) < 4 * math.sqrt(0.5 / len(ratio))
    assert abs(ratio.var() - 0.5) < 0.03


@pytest.mark.parametrize(
    ("change", "pounds"),
    [
        # Repair: 250 + 45% of 12,500 less 4.8%, 15% more as it cannot be driven. Others: 1,400 + 35 x 30 mph.
        # Injuries: 2 x 2,800, a quarter more with airbags. All in London, with a young driver, 3 days late.
        ({}, ((250 + 0.45 * 12_500 * 0.952) * 1.15 + 2_450 + 7_000) * 1.2 * 1.15 * 1.012),
        ({"liability": "third_party"}, ((250 + 0.45 * 12_500 * 0.952) * 1.15 + 945) * 1.2 * 1.15 * 1.012),
        ({"driver_age": 40}, ((250 + 0.45 * 12_500 * 0.952) * 1.15 + 2_450 + 7_000) * 1.2 * 1.012),
        ({"incident_type": "theft", "third_party_vehicles": 0, "injury": "none"}, 0.75 * 12_500 * 1.2 * 1.15 * 1.012),
    ],
)
def test_the_known_relation_is_the_documented_one(claim: dict[str, Any], change: dict[str, Any], pounds: float) -> None:
    row, problems = encode({**claim, **change})
    assert problems == []
    assert expected_cost(np.array([row]))[0] == pytest.approx(pounds)


def test_the_model_comes_near_the_known_expectation(description: dict[str, Any]) -> None:
    metrics = description["metrics"]
    model, baseline = metrics["overall"]["model"], metrics["overall"]["baseline"]
    assert metrics["gap_closed"] > 0.94
    assert model["distance_to_expectation"] < 0.10 < 0.40 < baseline["distance_to_expectation"]
    assert model["mean_absolute_error"] < 0.8 * baseline["mean_absolute_error"]
    assert 0.98 < model["total_to_actual"] < 1.02


def test_a_model_that_has_learnt_nothing_is_refused_and_nothing_is_written(claims: Claims, tmp_path: Path) -> None:
    few = claims.part(0, 20_000)
    shuffled = few.cost[np.random.default_rng(1).permutation(len(few.cost))]
    with pytest.raises(Refused, match="gamma deviance of .* is not a tenth below the baseline's"):
        train(few._replace(cost=shuffled), tmp_path / "out", SEED)
    assert not (tmp_path / "out").exists()


def test_a_model_that_is_off_in_one_segment_is_refused(claims: Claims, tmp_path: Path) -> None:
    few = claims.part(0, 20_000)
    london = few.rows[:, NAMES.index("region")] == 5
    late = np.arange(len(london)) >= len(london) * 3 // 4
    with pytest.raises(Refused, match="where region is london, which is more than 15% off"):
        train(few._replace(cost=np.where(london & late, 2 * few.cost, few.cost)), tmp_path, SEED)


def test_onnx_and_scikit_learn_agree(claims: Claims) -> None:
    model = CostModel(claims.part(0, 20_000), SEED)
    rows = claims.rows[20_000:]
    assert np.isnan(rows).any()
    session = onnxruntime.InferenceSession(export.export(model, rows[:100]), providers=["CPUExecutionProvider"])
    ours = session.run(None, {session.get_inputs()[0].name: rows})[0][:, 0]
    np.testing.assert_allclose(ours, model.predict(rows), rtol=1e-5)


def test_an_export_that_lacks_the_link_is_noticed(claims: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    model = CostModel(claims.part(0, 5_000), SEED)
    monkeypatch.setattr(export, "_append_link_and_balance", lambda graph, balance: None)
    with pytest.raises(ValueError, match="the exported model differs from scikit-learn's"):
        export.export(model, claims.rows[:100])


def test_the_card_says_what_model_json_says(folder: Path, description: dict[str, Any]) -> None:
    assert (folder / "MODEL_CARD.md").read_text() == card.render(description)


def test_the_committed_card_is_rendered_from_the_committed_model_json() -> None:
    committed = json.loads((ROOT / "model.json").read_bytes())
    assert (ROOT / "MODEL_CARD.md").read_text() == card.render(committed)


def test_the_committed_figures_are_those_of_this_code(description: dict[str, Any]) -> None:
    committed = json.loads((ROOT / "model.json").read_bytes())
    for key in ("features", "data", "reference"):
        assert committed[key] == description[key]
    assert committed["training"]["parameters"] == description["training"]["parameters"]
    # The last digits depend on the processor.
    assert _numbers(committed["metrics"]) == pytest.approx(_numbers(description["metrics"]), rel=0.01)


def test_features_are_described_once(description: dict[str, Any]) -> None:
    assert [feature["name"] for feature in description["features"]] == [feature.name for feature in FEATURES]


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in _numbers(value[key])]
    if isinstance(value, list):
        return [number for each in value for number in _numbers(each)]
    return [value] if isinstance(value, (int, float)) else []
