"""The two tables that the drift check compares, from what serving and the pipeline have written."""

from io import BytesIO

import pandas as pd

from therapy import source
from therapy.features import HISTORY, REQUEST
from therapy.store import Store


class NoWindow(ValueError):
    """A table for the comparison is missing; the message says who writes it."""


def live(store: Store, version: str, days: int) -> pd.DataFrame:
    """Returns the sessions that the version answered in the newest `days` days, with `probability`.

    `improved` is missing where no outcome has arrived. An answer whose session the application has not written yet is
    left out.
    """
    logs = [pd.read_json(BytesIO(store.read(key) or b""), lines=True) for key in store.keys(f"requests/{version}/")]
    if not logs:
        raise NoWindow(f"version {version} has logged no request below {store.uri}/requests/{version}")
    asked = pd.concat(logs, ignore_index=True).sort_values("answered_at").drop_duplicates("session_id", keep="last")
    known = source.read(store)[["session_id", "age_group", "programme", "started_at", "improved", "labelled_at"]]
    columns = ["session_id", *REQUEST, *HISTORY, "probability"]
    rows = asked[columns].merge(known, how="inner", on="session_id", validate="one_to_one")
    if rows.empty:
        raise NoWindow(
            f"none of the {len(asked)} sessions that version {version} answered is below {store.uri}/sessions"
        )
    rows = rows[rows["started_at"] > rows["started_at"].max() - pd.Timedelta(days, "D")]
    return rows.sort_values(["started_at", "session_id"]).reset_index(drop=True)


def reference(store: Store, version: str) -> pd.DataFrame:
    """Returns the sessions that the version was judged by, with its predictions; the pipeline writes them."""
    data = store.read(reference_key(version))
    if data is None:
        raise NoWindow(f"{store.uri}/{reference_key(version)} is missing: was version {version} made by the pipeline?")
    return pd.read_parquet(BytesIO(data))


def reference_key(version: str) -> str:
    """Returns where the reference of a version is."""
    return f"references/{version}.parquet"
