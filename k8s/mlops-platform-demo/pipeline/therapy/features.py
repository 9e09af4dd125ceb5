"""The features of a session: what comes with the request, and what the listener's past says.

What the past says is known only from the moment a label arrives. The history's rows carry that moment, so
that a point-in-time join never learns from an outcome that was still open when the session began.
"""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from therapy.sessions import PROGRAMMES

WINDOW = timedelta(days=28)
HISTORY = ("improved_share", "rated_sessions", "mood_mean")
REQUEST = ("tempo_bpm", "heart_rate", "mood_before", "minutes")
COLUMNS = (*REQUEST, "hour", *(f"programme_{name}" for name in PROGRAMMES), *HISTORY)


def history(sessions: pd.DataFrame) -> pd.DataFrame:
    """A row for each label that arrived: what was known of the listener from then on, over 28 days back."""
    arrived = sessions.sort_values(["labelled_at", "session_id"]).set_index("labelled_at")
    arrived = arrived.assign(improved=arrived["improved"].astype(float))
    past = arrived.groupby("listener_id")[["improved", "mood_before"]].rolling(WINDOW)
    rated = past["improved"].count()
    return (
        pd.DataFrame(
            {
                # Two sessions of which one helped stand behind every share: a single session says little.
                "improved_share": ((past["improved"].sum() + 1) / (rated + 2)).astype("float32"),
                "rated_sessions": rated.astype("int64"),
                "mood_mean": past["mood_before"].mean().astype("float32"),
            }
        )
        .rename_axis(["listener_id", "known_at"])
        .reset_index()
    )


def matrix(rows: pd.DataFrame) -> np.ndarray:
    """The model's input: one row a session, the columns in the order of `COLUMNS`."""
    programme = {f"programme_{name}": (rows["programme"] == name).astype(float) for name in PROGRAMMES}
    table = rows.assign(
        hour=rows["started_at"].dt.hour,
        # A listener without a rated session stands where the prior of the share does.
        improved_share=rows["improved_share"].astype(float).fillna(0.5),
        rated_sessions=rows["rated_sessions"].astype(float).fillna(0),
        mood_mean=rows["mood_mean"].astype(float).fillna(5.5),
        **programme,
    )
    return table[list(COLUMNS)].to_numpy(dtype=np.float32)


def known_by(sessions: pd.DataFrame, moment: datetime) -> pd.DataFrame:
    """The sessions whose outcome had arrived by then."""
    return sessions[sessions["labelled_at"] <= moment]
