"""What was known when: answers worked out by hand, and what a naive join makes of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from therapy.feature_store import ListenerFeatures
from therapy.features import COLUMNS, HISTORY, history, matrix

# Vera's sessions: when they began, when their outcome was known, what it was, and her mood before.
VERA = [
    ("a", "01-01 10:00", "01-02 10:00", True, 2),
    ("b", "01-02 09:00", "01-03 09:00", True, 4),  # a is still open
    ("c", "01-02 11:00", "01-04 11:00", False, 6),  # a is known, b is open
    ("d", "01-05 08:00", "01-06 08:00", True, 8),  # all three are known
    ("e", "02-10 08:00", "02-11 08:00", True, 9),  # d became known 35 days ago: too old to count
]
# (improved + 1) / (rated + 2), rated, mean mood
KNOWN = {
    "a": None,
    "b": None,
    "c": ((1 + 1) / (1 + 2), 1, 2.0),
    "d": ((2 + 1) / (3 + 2), 3, 4.0),
    "e": None,
}


@pytest.fixture
def vera() -> pd.DataFrame:
    """Her sessions."""
    made = pd.DataFrame(VERA, columns=["session_id", "started_at", "labelled_at", "improved", "mood_before"])
    for column in ("started_at", "labelled_at"):
        made[column] = pd.to_datetime("2026-" + made[column], utc=True)
    fixed = {"listener_id": "l0001", "age_group": "35-54", "programme": "calm"}
    return made.assign(**fixed, tempo_bpm=60.0, heart_rate=70.0, minutes=20.0)


@pytest.fixture
def store(vera: pd.DataFrame, tmp_path: Path) -> ListenerFeatures:
    """A feature store with her history."""
    features = ListenerFeatures(tmp_path)
    features.write(vera)
    return features


def test_a_session_knows_only_outcomes_that_had_arrived_when_it_began(
    store: ListenerFeatures, vera: pd.DataFrame
) -> None:
    found = store.at_start(vera).set_index("session_id")
    assert list(found.index) == list(KNOWN), "no session is lost, and they are in the order of their start"
    for session, expected in KNOWN.items():
        given = found.loc[session, list(HISTORY)]
        if expected is None:
            assert given.isna().all(), session
        else:
            assert given.astype(float).tolist() == pytest.approx(expected), session


def test_a_naive_join_would_have_known_too_much(vera: pd.DataFrame) -> None:
    known = history(vera).assign(session_id=vera.sort_values("labelled_at")["session_id"].to_numpy())
    # By the previous session, as a shift does it: b would know how a ends an hour before anybody does.
    previous = known.set_index("session_id")["rated_sessions"].shift()
    assert previous["b"] == 1
    assert KNOWN["b"] is None
    # By the newest row, as a join on the listener does it: every session would know the outcome of the last.
    assert known.iloc[-1]["improved_share"] == pytest.approx((1 + 1) / (1 + 2))
    assert known.iloc[-1]["mood_mean"] == 9.0


def test_an_outcome_that_arrives_at_the_very_start_counts(store: ListenerFeatures, vera: pd.DataFrame) -> None:
    asked = vera[:1].assign(started_at=pd.Timestamp("2026-01-02 10:00", tz="UTC"))
    assert store.at_start(asked)["rated_sessions"].tolist() == [1]
    asked = asked.assign(started_at=pd.Timestamp("2026-01-02 09:59:59", tz="UTC"))
    assert store.at_start(asked)["rated_sessions"].isna().all()


def test_the_online_store_says_what_the_offline_store_says_of_this_moment(
    sessions: pd.DataFrame, tmp_path: Path
) -> None:
    store = ListenerFeatures(tmp_path)
    store.write(sessions)
    listeners = sorted(sessions["listener_id"].unique())[:50]
    moment = sessions["labelled_at"].max()
    asked = pd.DataFrame({"session_id": listeners, "listener_id": listeners, "started_at": moment})
    offline = store.at_start(asked).sort_values("listener_id")[list(HISTORY)].astype(float)
    online = store.now(listeners)[list(HISTORY)].astype(float)
    assert np.allclose(online, offline, equal_nan=True)


def test_writing_twice_is_writing_once(store: ListenerFeatures, vera: pd.DataFrame) -> None:
    before = store.at_start(vera)
    store.write(vera)
    assert store.at_start(vera).equals(before)


def test_a_listener_nobody_knows_gets_the_prior(store: ListenerFeatures, vera: pd.DataFrame) -> None:
    unknown = store.now(["l9999"])
    assert unknown[list(HISTORY)].isna().all(axis=None)
    row = matrix(pd.concat([vera[:1].reset_index(drop=True), unknown.drop(columns="listener_id")], axis=1))
    assert dict(zip(COLUMNS, row[0].tolist(), strict=True))["improved_share"] == 0.5


def test_the_matrix_has_the_columns_in_the_order_that_the_model_states(
    store: ListenerFeatures, vera: pd.DataFrame
) -> None:
    row = dict(zip(COLUMNS, matrix(store.at_start(vera))[3].tolist(), strict=True))
    assert row == pytest.approx(
        {"tempo_bpm": 60, "heart_rate": 70, "mood_before": 8, "minutes": 20, "hour": 8}
        | {"programme_calm": 1, "programme_focus": 0, "programme_sleep": 0}
        | {"improved_share": 0.6, "rated_sessions": 3, "mood_mean": 4}
    )
