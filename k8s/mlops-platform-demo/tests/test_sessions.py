"""The synthetic source, and what is refused of it."""

import pandas as pd
import pytest
from therapy.sessions import Drift, make_sessions
from therapy.validation import InvalidSessions, validate


def test_the_same_seed_makes_the_same_sessions_and_another_seed_others() -> None:
    assert make_sessions(7, 2).equals(make_sessions(7, 2))
    assert not make_sessions(7, 2).equals(make_sessions(8, 2))


def test_later_sessions_are_of_the_same_listeners() -> None:
    early, late = (make_sessions(seed, 10).groupby("listener_id")["age_group"].first() for seed in (1, 2))
    both = early.index.intersection(late.index)
    assert len(both) > 200
    assert (early[both] == late[both]).all()


def test_a_drift_changes_nothing_before_its_first_day() -> None:
    calm = make_sessions(1, 6)
    moved = make_sessions(1, 6, drift=Drift("tempo", 1, first_day=3))
    before = calm["started_at"] < pd.Timestamp("2026-01-08", tz="UTC")
    assert (calm["tempo_bpm"][before] == moved["tempo_bpm"][before]).all()
    assert moved["tempo_bpm"][~before].mean() > calm["tempo_bpm"][~before].mean() + 20


def test_a_change_of_taste_shows_in_no_input() -> None:
    calm, moved = make_sessions(1, 20), make_sessions(1, 20, drift=Drift("taste", 1))
    inputs = ["tempo_bpm", "heart_rate", "mood_before", "minutes", "programme", "age_group"]
    assert calm[inputs].equals(moved[inputs])
    assert moved["improved"].mean() < calm["improved"].mean() - 0.1


@pytest.mark.parametrize(("kind", "size"), [("weather", 0.5), ("tempo", -0.1), ("tempo", 1.1)])
def test_a_drift_that_there_is_not_is_refused(kind: str, size: float) -> None:
    with pytest.raises(ValueError, match="drift"):
        Drift(kind, size)


def test_sound_sessions_pass(sessions: pd.DataFrame) -> None:
    validate(sessions)


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("session_id", "s1", "session_id"),
        ("listener_id", "Vera", "listener_id"),
        ("age_group", "12-17", "age_group"),
        ("programme", "party", "programme"),
        ("tempo_bpm", 500.0, "tempo_bpm"),
        ("heart_rate", 0.0, "heart_rate"),
        ("mood_before", 11, "mood_before"),
        ("minutes", float("nan"), "minutes"),
        ("improved", True, "less than 95 % improved"),
        ("improved", False, "more than 5 % improved"),
        ("labelled_at", pd.Timestamp("2020-01-01", tz="UTC"), "labelled"),
        ("name", "somebody", "name: column_in_schema"),
    ],
)
def test_sessions_with_a_wrong_column_are_refused_by_its_name(
    sessions: pd.DataFrame, column: str, value: object, named: str
) -> None:
    with pytest.raises(InvalidSessions, match=named):
        validate(sessions.assign(**{column: value}))


def test_every_reason_is_named_at_once(sessions: pd.DataFrame) -> None:
    with pytest.raises(InvalidSessions, match=r"programme.*tempo_bpm|tempo_bpm.*programme"):
        validate(sessions.assign(programme="party", tempo_bpm=500.0))


def test_a_missing_column_and_too_few_rows_are_refused(sessions: pd.DataFrame) -> None:
    with pytest.raises(InvalidSessions, match="minutes: column_in_dataframe"):
        validate(sessions.drop(columns="minutes"))
    with pytest.raises(InvalidSessions, match="at least 500 sessions"):
        validate(sessions[:499])
