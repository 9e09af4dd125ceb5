"""Synthetic music-therapy sessions: the stand-in for a data source that is not ours to have.

Nobody's health data are used. The columns, their ranges and what makes a session help are documented in the README.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

PROGRAMMES = ("calm", "focus", "sleep")
AGE_GROUPS = ("18-34", "35-54", "55+")
DRIFTS = ("none", "tempo", "audience", "sensor", "taste", "mislabelled")
# Beats per minute that helps most, for a heart that rests at 72.
BEST_TEMPO = {"calm": 66.0, "focus": 92.0, "sleep": 56.0}
FIRST_DAY = "2026-01-05"


@dataclass(frozen=True)
class Drift:
    """What changes in the source, how much (0 to 1), and in which days of the sessions made."""

    kind: str = "none"
    size: float = 0.0
    first_day: int = 0
    last_day: int = 10_000

    def __post_init__(self) -> None:
        """Throws `ValueError` for a kind or a size that does not exist."""
        if self.kind not in DRIFTS:
            raise ValueError(f"'{self.kind}' is not drift: choose of {', '.join(DRIFTS)}")
        if not 0 <= self.size <= 1:
            raise ValueError(f"a drift's size is 0 to 1, not {self.size}")


def make_sessions(
    seed: int,
    days: int,
    per_day: int = 120,
    listeners: int = 300,
    first_day: str = FIRST_DAY,
    drift: Drift | None = None,
) -> pd.DataFrame:
    """Sessions of so many days, ordered by their start. The same arguments give the same rows.

    Who the listeners are follows from their number alone, so that later sessions are of the same people.
    """
    drift = drift or Drift()
    people = np.random.default_rng(listeners)
    age_of = people.choice(AGE_GROUPS, listeners, p=[0.45, 0.35, 0.2])
    # Some people take to music therapy more than others; their history is how a model gets to know.
    response_of = people.normal(0, 1.0, listeners)
    pulse_of = people.normal(72, 8, listeners)

    random = np.random.default_rng(seed)
    count = days * per_day
    day = np.repeat(np.arange(days), per_day)
    size = np.where((day >= drift.first_day) & (day <= drift.last_day), drift.size, 0.0)

    def drifting(kind: str) -> np.ndarray:
        return size if drift.kind == kind else np.zeros(count)

    listener = random.integers(0, listeners, count)
    older = np.flatnonzero(age_of == "55+")
    listener = np.where(random.random(count) < 0.8 * drifting("audience"), random.choice(older, count), listener)
    second = np.sort(random.integers(6 * 3600, 24 * 3600, (days, per_day)), axis=1).ravel()
    started = pd.Timestamp(first_day, tz="UTC") + pd.to_timedelta(day, "D") + pd.to_timedelta(second, "s")

    programme = random.choice(PROGRAMMES, count, p=[0.4, 0.35, 0.25])
    best = pd.Series(programme).map(BEST_TEMPO).to_numpy()
    tempo = np.clip(best + random.normal(4, 14, count) + 30 * drifting("tempo"), 40, 180)
    pulse = np.clip(pulse_of[listener] + random.normal(0, 6, count), 45, 140)
    mood = random.integers(1, 11, count)
    minutes = np.clip(random.gamma(5, 5, count), 5, 90)

    # A faster heart wants a slower beat; a drift of taste moves what helps and shows in no input.
    wanted = best - 0.4 * (pulse - 72) + 45 * drifting("taste")
    score = (
        1.6
        + 1.1 * response_of[listener]
        - 1.5 * ((tempo - wanted) / 18) ** 2
        - 0.35 * (mood - 5)
        + 0.5 * np.log(minutes / 25)
    )
    improved = random.random(count) < 1 / (1 + np.exp(-score))
    wrong = (drifting("mislabelled") > random.random(count)) & (age_of[listener] == "55+")
    improved = improved ^ wrong
    # A stuck sensor reports its lowest value; what the heart did, and so the outcome, is unaffected.
    stuck = random.random(count) < 0.8 * drifting("sensor")

    return pd.DataFrame(
        {
            "session_id": [f"s{seed}-{number:06d}" for number in range(count)],
            "listener_id": [f"l{number:04d}" for number in listener],
            "age_group": age_of[listener],
            "started_at": started.astype("datetime64[us, UTC]"),
            "programme": programme,
            "tempo_bpm": tempo.round(1),
            "heart_rate": np.where(stuck, 45.0, pulse.round(1)),
            "mood_before": mood,
            "minutes": minutes.round(1),
            "improved": improved,
            # The listener is asked again 6 to 30 hours later; until then nobody knows the outcome.
            "labelled_at": (started + pd.to_timedelta(random.integers(6 * 3600, 30 * 3600, count), "s")).astype(
                "datetime64[us, UTC]"
            ),
        }
    )
