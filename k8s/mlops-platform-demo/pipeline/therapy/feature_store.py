"""The feature store: parquet offline, to learn from; SQLite online, to serve from."""

from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float32, Int64

from therapy.features import HISTORY, WINDOW, history
from therapy.store import Store

FILES = ("listener_history.parquet", "registry.db", "online.db")


class ListenerFeatures:
    """The history of all listeners, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        self.source = folder / "listener_history.parquet"
        self.store = FeatureStore(
            config=RepoConfig(
                project="therapy",
                provider="local",
                registry=str(folder / "registry.db"),
                offline_store={"type": "file"},
                online_store={"type": "sqlite", "path": str(folder / "online.db")},
                entity_key_serialization_version=3,
            )
        )

    def write(self, sessions: pd.DataFrame) -> None:
        """Replaces the offline rows by those of the sessions and brings the newest of each listener online."""
        rows = history(sessions)
        partial = self.source.with_suffix(".partial")
        rows.to_parquet(partial)
        partial.replace(self.source)
        listener = Entity(name="listener", join_keys=["listener_id"], value_type=ValueType.STRING)
        view = FeatureView(
            name="listener_history",
            entities=[listener],
            ttl=WINDOW,
            schema=[
                Field(name="improved_share", dtype=Float32),
                Field(name="rated_sessions", dtype=Int64),
                Field(name="mood_mean", dtype=Float32),
            ],
            source=FileSource(path=str(self.source), timestamp_field="known_at"),
        )
        self.store.apply([listener, view])
        newest = rows["known_at"].max().to_pydatetime()
        # Feast draws its progress whoever listens.
        with redirect_stdout(StringIO()):
            self.store.materialize(newest - WINDOW, newest + timedelta(seconds=1))

    def at_start(self, sessions: pd.DataFrame) -> pd.DataFrame:
        """The sessions with what was known of their listeners when they began, from the offline store."""
        asked = sessions[["session_id", "listener_id", "started_at"]].rename(columns={"started_at": "event_timestamp"})
        known = self.store.get_historical_features(
            entity_df=asked, features=[f"listener_history:{name}" for name in HISTORY]
        ).to_df()
        # The file store leaves out a session before its listener's first label; it belongs to the data all the same.
        return (
            sessions.merge(known[["session_id", *HISTORY]], how="left", on="session_id", validate="one_to_one")
            .sort_values(["started_at", "session_id"])
            .reset_index(drop=True)
        )

    def now(self, listener_ids: list[str]) -> pd.DataFrame:
        """What is known of the listeners at this moment, from the online store, in the order asked."""
        found = self.store.get_online_features(
            features=[f"listener_history:{name}" for name in HISTORY],
            entity_rows=[{"listener_id": identity} for identity in listener_ids],
        ).to_df()
        return found[["listener_id", *HISTORY]]

    def save(self, store: Store) -> None:
        """Copies the feature store's files into the store: a step's own disk ends with the step."""
        for name in FILES:
            store.write(f"features/{name}", (self.folder / name).read_bytes())

    @classmethod
    def load(cls, store: Store, folder: Path) -> "ListenerFeatures":
        """Returns the feature store that was saved last, in this folder; throws `FileNotFoundError` where none was."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            data = store.read(f"features/{name}")
            if data is None:
                raise FileNotFoundError(f"{store.uri}/features/{name}: no pipeline run has saved features")
            (folder / name).write_bytes(data)
        return cls(folder)
