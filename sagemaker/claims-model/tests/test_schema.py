from __future__ import annotations

import math
from typing import Any

import pytest

from claims_model.schema import FEATURES, NAMES, encode
from claims_model.training.claims import Claims


def test_every_generated_claim_is_a_valid_record_and_survives_the_way_back(claims: Claims) -> None:
    for row in claims.rows[:2_000].tolist():
        record = {feature.name: feature.decode(number) for feature, number in zip(FEATURES, row)}
        encoded, problems = encode(record)
        assert problems == []
        assert all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(encoded, row))


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("incident_type", "flood", "must be one of: windscreen"),
        ("incident_type", 1, "must be one of"),
        ("incident_type", ["theft"], "must be one of"),
        ("incident_type", None, "is missing"),
        ("drivable", 1, "must be true or false"),
        ("drivable", "true", "must be true or false"),
        ("vehicle_value", 99, "must be 100 to 250000"),
        ("vehicle_value", 250_001, "must be 100 to 250000"),
        ("vehicle_value", True, "must be a whole number"),
        ("vehicle_value", "9000", "must be a whole number"),
        ("vehicle_value", 9000.5, "must be a whole number"),
        ("vehicle_value", math.nan, "must be 100 to 250000"),
        ("vehicle_value", math.inf, "must be 100 to 250000"),
        ("vehicle_value", 10**400, "must be 100 to 250000"),
        ("driver_age", 16, "must be 17 to 110"),
        ("name", "anybody", "is not a field of a claim"),
    ],
)
def test_a_wrong_value_is_named(claim: dict[str, Any], field: str, value: Any, problem: str) -> None:
    _, problems = encode({**claim, field: value})
    assert [name for name, _ in problems] == [field]
    assert problem in problems[0][1]


def test_what_may_be_unknown_may_be_left_out(claim: dict[str, Any]) -> None:
    optional = [feature.name for feature in FEATURES if feature.optional]
    assert optional == ["driver_age", "speed_mph"]
    row, problems = encode({name: value for name, value in claim.items() if name not in optional})
    assert problems == []
    assert all(math.isnan(row[NAMES.index(name)]) for name in optional)
