"""v1: the supplied models with the supplied contract. Needs the supplied files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from claims_model.schema import NAMES, read
from claims_model.serving.supplied import SuppliedScorer
from claims_model.training.claims import load, records
from tests.service import Service

ATTRITIONAL = [1374.82, 2093.53, 1670.61, 2055.99, 3258.63]


@pytest.fixture(scope="session")
def rows(supplied: Path) -> list[list[Any]]:
    claims = [[each[name] for name in NAMES] for each in records(supplied / "claims.csv")]
    return [[int(value) if isinstance(value, float) else value for value in row] for row in claims]


def test_the_missing_files_are_rebuilt_from_the_claims(supplied: Path) -> None:
    severity = json.loads((supplied / "model/large_severity.json").read_bytes())["large_severity"]
    assert severity == pytest.approx(128_818.10, abs=0.005)
    meta = json.loads((supplied / "model/model_meta_data.json").read_bytes())
    assert (meta["claims"], meta["large_claims"]) == (7_691, 198)


def test_the_reference_predictions_are_met(supplied: Path, rows: list[list[Any]]) -> None:
    scorer = SuppliedScorer(supplied / "model")
    claims = [read(row)[0] for row in rows]
    assert scorer.parts(claims[:5])[0] == pytest.approx(ATTRITIONAL, abs=0.005)
    assert np.mean(scorer.costs(claims)) == pytest.approx(8_898.17, abs=0.005)


def test_the_service_answers_the_supplied_contract(v1: Service, rows: list[list[Any]]) -> None:
    found = []
    for first in range(0, len(rows), 2_000):
        reply = v1.post("/score", {"data": rows[first : first + 2_000]})
        assert reply.status == 200
        assert list(reply.json) == ["result"]
        assert reply.headers["x-model-version"] == "1.0.0-83b93680"
        found += reply.json["result"]
    assert found[0] == pytest.approx(1_631.01, abs=0.005)
    assert np.mean(found) == pytest.approx(8_898.17, abs=0.005)


def test_named_fields_are_accepted_too(v1: Service, rows: list[list[Any]]) -> None:
    named = dict(zip(NAMES, rows[0]))
    wanted = v1.post("/score", {"data": [rows[0]]}).json
    assert v1.post("/score", {"data": [named]}).json == v1.post("/score", named).json == wanted


def test_na_is_scored_as_the_spelling_that_the_model_knows(v1: Service, rows: list[list[Any]]) -> None:
    weather = NAMES.index("Weather_conditions")
    row = next(row for row in rows if row[weather] == "N/A")
    known = [*row[:weather], "N/K", *row[weather + 1 :]]
    first, second = v1.post("/score", {"data": [row, known]}).json["result"]
    assert first == second


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": [list(range(1, 38))]}, 422),
        ({"data": [["1"] * 37]}, 422),
        ({"data": [[1, 2, 3]]}, 422),
        ({"data": []}, 422),
        ({"data": "x"}, 422),
        ({"data": [[]], "more": 1}, 422),
        ("{", 400),
    ],
)
def test_an_error_is_a_status_and_not_a_200(v1: Service, body: Any, status: int) -> None:
    reply = v1.post("/score", body)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert reply.json["detail"]


def test_a_changed_model_is_refused(supplied: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(supplied / "model", tmp_path / "model"))
    file = copy / "fnol_large_model.cbm"
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(ValueError, match="does not have the SHA-256"):
        SuppliedScorer(copy)
    file.unlink()
    with pytest.raises(ValueError, match="scripts/supplied.sh makes it"):
        SuppliedScorer(copy)


def test_the_supplied_claims_are_cleaned(supplied: Path) -> None:
    claims = load(supplied / "claims.csv")
    assert len(claims.cost) == 7_691
    assert claims.cost.min() == 0
    assert claims.cost.mean() == pytest.approx(9_427.85, abs=0.005)
    assert (np.diff(claims.year) >= 0).all()


def test_a_claim_that_is_not_valid_is_named_by_its_line(supplied: Path, tmp_path: Path) -> None:
    lines = (supplied / "claims.csv").read_text().splitlines(keepends=True)
    lines[2] = lines[2].replace("WET", "HAIL")
    (tmp_path / "claims.csv").write_text("".join(lines))
    with pytest.raises(ValueError, match="claims.csv:3: Weather_conditions must be one of"):
        load(tmp_path / "claims.csv")
