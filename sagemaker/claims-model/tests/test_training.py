from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from claims_model.training import model as model_module
from claims_model.training.__main__ import Refused, train
from claims_model.training.claims import Claims, generate
from claims_model.training.measures import TwoLines, deviance, gini
from claims_model.training.model import CostModel, Parameters
from tests.conftest import ROOT, SEED


def test_the_same_seed_makes_the_same_claims_and_another_seed_others() -> None:
    first, again, other = generate(500, 7), generate(500, 7), generate(500, 8)
    assert np.array_equal(first.rows, again.rows)
    assert np.array_equal(first.cost, again.cost)
    assert not np.array_equal(first.cost, other.cost)


def test_deviance_and_gini_have_their_known_values() -> None:
    cost = np.array([0.0, 1, 4, 9])
    assert deviance(cost, np.array([4.0, 1, 4, 9])).tolist() == [8, 0, 0, 0]
    assert gini(cost, cost) == pytest.approx(1)
    assert gini(cost, -cost) == pytest.approx(-1)


def test_onnx_predicts_what_the_trees_do_and_the_total_is_met(claims: Claims) -> None:
    fitted = CostModel(claims, Parameters(half_life=float("inf")), SEED)
    session = onnxruntime.InferenceSession(fitted.export(claims.rows), providers=["CPUExecutionProvider"])
    ours = session.run(None, {session.get_inputs()[0].name: claims.rows})[0].reshape(-1)
    np.testing.assert_allclose(ours, fitted.predict(claims.rows), rtol=1e-4)
    assert ours.sum() == pytest.approx(claims.cost.sum(), rel=1e-3)


def test_an_export_without_the_link_is_noticed(claims: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "_with_link", lambda graph, factor: graph.SerializeToString())
    with pytest.raises(ValueError, match="the exported model differs from the trees"):
        CostModel(claims, Parameters(), SEED).export(claims.rows[:100])


def test_a_short_half_life_follows_the_level_of_late_years(claims: Claims) -> None:
    dearer = claims._replace(cost=np.where(claims.year > 2012, 3 * claims.cost, claims.cost))
    last = claims.where(claims.year == claims.year.max()).rows
    late, all_years = (
        CostModel(dearer, Parameters(half_life=years), SEED).predict(last) for years in (1, float("inf"))
    )
    assert late.mean() > 1.3 * all_years.mean()


def test_a_model_that_has_learnt_nothing_is_refused_and_nothing_is_written(claims: Claims, tmp_path: Path) -> None:
    shuffled = claims.cost[np.random.default_rng(1).permutation(len(claims.cost))]
    with pytest.raises(Refused, match="is not below"):
        train(claims._replace(cost=shuffled), tmp_path / "out", SEED)
    assert not (tmp_path / "out").exists()


def test_two_lines_predict_the_mean_of_groups_and_of_all(claims: Claims) -> None:
    baseline = TwoLines(claims)
    assert baseline.predict(claims.rows).mean() == pytest.approx(claims.cost.mean())
    strange = claims.rows[:1].copy()
    strange[0] = -9
    assert baseline.predict(strange)[0] == pytest.approx(claims.cost.mean())


def test_the_same_claims_make_the_same_model(claims: Claims, folder: Path, tmp_path: Path) -> None:
    again = train(claims, tmp_path / "again", SEED, "generated")
    assert again == json.loads((folder / "model.json").read_bytes())
    assert again["data"]["source"] == "generated"


def test_the_model_card_is_what_a_new_comparison_says(supplied: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    subprocess.run(
        [sys.executable, "-m", "claims_model.training.compare", "--supplied", supplied, "--out", card],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "../pipeline"},
        check=True,
    )
    number = re.compile(r"\d[\d,]*\.?\d*")
    fresh, committed = card.read_text(), (ROOT / "MODEL_CARD.md").read_text()
    assert number.sub("N", fresh) == number.sub("N", committed)
    figures = [[float(each.replace(",", "")) for each in number.findall(text)] for text in (fresh, committed)]
    # Last digits depend on the processor.
    assert figures[0] == pytest.approx(figures[1], rel=0.03, abs=1)
