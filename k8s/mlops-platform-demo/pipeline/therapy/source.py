"""The sessions that the application has written: what the pipeline learns from and what drift is judged by.

python -m therapy.source --store s3://bucket/relief --seed 1 --days 60

adds synthetic sessions, in place of an application with users.
"""

import argparse
import hashlib
import json
import sys
from io import BytesIO

import pandas as pd

from therapy.sessions import FIRST_DAY, Drift, make_sessions
from therapy.store import Bucket, Store, open_store


class NoSessions(ValueError):
    """The store has no sessions to learn from."""


def add(store: Store, sessions: pd.DataFrame) -> str:
    """Writes sessions as one object and returns its key. The same sessions again make the same object."""
    data = to_parquet(sessions)
    key = f"sessions/{sessions['started_at'].min():%Y%m%d}-{hashlib.sha256(data).hexdigest()[:16]}.parquet"
    store.write(key, data)
    return key


def read(store: Store) -> pd.DataFrame:
    """Returns all sessions in the order of their start; of a session that was written twice, the labelled row."""
    tables = [pd.read_parquet(BytesIO(store.read(key) or b"")) for key in store.keys("sessions/")]
    if not tables:
        raise NoSessions(f"no sessions below {store.uri}/sessions: the application writes them")
    rows = pd.concat(tables, ignore_index=True).sort_values(["started_at", "session_id", "labelled_at"])
    return rows.drop_duplicates("session_id", keep="first").reset_index(drop=True)


def newest(store: Store, days: int) -> pd.DataFrame:
    """Returns the labelled sessions of the last `days` days that have any."""
    rows = read(store).dropna(subset=["improved", "labelled_at"])
    if rows.empty:
        raise NoSessions(f"no session below {store.uri}/sessions has an outcome yet")
    end = rows["started_at"].max().floor("D") + pd.Timedelta(1, "D")
    rows = rows[rows["started_at"] >= end - pd.Timedelta(days, "D")]
    return rows.astype({"improved": bool}).reset_index(drop=True)


def to_parquet(rows: pd.DataFrame) -> bytes:
    """Returns the rows as a Parquet file."""
    file = BytesIO()
    rows.to_parquet(file, index=False)
    return file.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", required=True, help="s3://BUCKET/PREFIX or a folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--first-day", default=FIRST_DAY)
    parser.add_argument("--drift", type=json.loads, default={}, help='such as {"kind": "taste", "size": 0.6}')
    parser.add_argument("--create-bucket", action="store_true", help="create the bucket where it does not exist")
    given = parser.parse_args()
    store = open_store(given.store)
    if given.create_bucket and isinstance(store, Bucket):
        store.create()
    rows = make_sessions(given.seed, given.days, first_day=given.first_day, drift=Drift(**given.drift))
    print(f"{len(rows)} sessions: {given.store}/{add(store, rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
