from __future__ import annotations

import math
from typing import Any

import pytest

from claims_model.schema import FEATURES, NAMES, UNKNOWN, encode, numbers, read


def test_a_claim_is_37_values_by_name_or_by_place(claim: dict[str, Any]) -> None:
    assert len(FEATURES) == 37
    by_name, problems = read(claim)
    assert problems == []
    assert read([claim[name] for name in NAMES]) == (by_name, [])


def test_the_correct_spelling_of_the_registration_field_is_accepted(claim: dict[str, Any]) -> None:
    renamed = {name.replace("Vechile", "Vehicle"): value for name, value in claim.items()}
    assert read(renamed) == read(claim)


@pytest.mark.parametrize("spelling", ["n/k", "N/K", "N/A", "#", None])
def test_all_spellings_of_unknown_are_one_value(claim: dict[str, Any], spelling: str | None) -> None:
    values, problems = read({**claim, "Weather_conditions": spelling})
    assert problems == []
    assert numbers(values)[NAMES.index("Weather_conditions")] == UNKNOWN


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("Notification_period", "22", "must be a whole number"),
        ("Notification_period", True, "must be a whole number"),
        ("Notification_period", 1.5, "must be a whole number"),
        ("Notification_period", math.nan, "must be a whole number"),
        ("Notification_period", math.inf, "must be -30 to 3650"),
        ("Notification_period", -31, "must be -30 to 3650"),
        ("Vechile_registration_present", 2, "must be 0 to 1"),
        ("TP_type_driver", 21, "must be 0 to 20"),
        ("TP_type_driver", None, "must be a whole number"),
        ("Weather_conditions", "normal", "must be one of: NORMAL, WET, SNOW,ICE,FOG or n/k"),
        ("Weather_conditions", 1, "must be one of: NORMAL, WET, SNOW,ICE,FOG or n/k"),
        ("Main_driver", "n/k", "must be one of: N, Other, Y"),
        ("colour", "red", "is not a field of a claim"),
    ],
)
def test_a_wrong_value_is_named(claim: dict[str, Any], field: str, value: Any, problem: str) -> None:
    assert encode({**claim, field: value}) == ([], [(field, problem)])


def test_a_missing_field_is_named_unless_it_may_be_unknown(claim: dict[str, Any]) -> None:
    assert encode({name: claim[name] for name in NAMES if name != "TP_type_driver"})[1] == [
        ("TP_type_driver", "is missing")
    ]
    assert encode({name: claim[name] for name in NAMES if name != "Vehicle_mobile"})[1] == []


@pytest.mark.parametrize("record", [[1, 2], "claim", 3, None, [[1] * 37]])
def test_a_record_of_another_shape_is_refused(record: Any) -> None:
    assert encode(record)[1]


def test_a_notice_before_the_loss_counts_as_the_same_day(claim: dict[str, Any]) -> None:
    assert encode({**claim, "Notification_period": -1})[0][0] == 0


def test_decode_is_the_inverse_of_encode(claim: dict[str, Any]) -> None:
    row, _ = encode(claim)
    values, _ = read(claim)
    assert [feature.decode(number) for feature, number in zip(FEATURES, row)] == values
