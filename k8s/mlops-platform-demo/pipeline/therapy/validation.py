"""What sessions must be like before anything is learned from them."""

import pandas as pd
import pandera.pandas as pa

from therapy.sessions import AGE_GROUPS, PROGRAMMES

MOMENT = pd.DatetimeTZDtype("us", "UTC")
SCHEMA = pa.DataFrameSchema(
    {
        "session_id": pa.Column(str, unique=True),
        "listener_id": pa.Column(str, pa.Check.str_matches(r"^l\d{4}$")),
        "age_group": pa.Column(str, pa.Check.isin(AGE_GROUPS)),
        "started_at": pa.Column(MOMENT),
        "programme": pa.Column(str, pa.Check.isin(PROGRAMMES)),
        "tempo_bpm": pa.Column(float, pa.Check.in_range(40, 180)),
        "heart_rate": pa.Column(float, pa.Check.in_range(40, 200)),
        "mood_before": pa.Column(int, pa.Check.in_range(1, 10)),
        "minutes": pa.Column(float, pa.Check.in_range(5, 90)),
        "improved": pa.Column(bool),
        "labelled_at": pa.Column(MOMENT),
    },
    checks=[
        pa.Check(lambda rows: rows["labelled_at"] > rows["started_at"], name="labelled after the start"),
        pa.Check(lambda rows: len(rows) >= 500, name="at least 500 sessions"),
        pa.Check(lambda rows: rows["improved"].mean() > 0.05, name="more than 5 % improved"),
        pa.Check(lambda rows: rows["improved"].mean() < 0.95, name="less than 95 % improved"),
    ],
    strict=True,
)


class InvalidSessions(ValueError):
    """The sessions are not fit to learn from; the message has every reason."""


def validate(sessions: pd.DataFrame) -> None:
    """Throws `InvalidSessions` that names all that is wrong, not only the first."""
    try:
        SCHEMA.validate(sessions, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        # A column too many or too few is told in the case and not in the column.
        cases["column"] = cases["column"].where(cases["column"].notna(), cases["failure_case"])
        counts = cases.groupby(["column", "check"], dropna=False, sort=False).size()
        reasons = [f"{column}: {check} ({count} times)" for (column, check), count in counts.items()]
        raise InvalidSessions("sessions refused: " + "; ".join(reasons)) from None
