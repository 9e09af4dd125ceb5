"""The place where pipeline, serving and drift check meet: a folder here, a bucket in a cluster."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from therapy import source, windows
from therapy.dataset import split
from therapy.feature_store import ListenerFeatures
from therapy.features import COLUMNS, HISTORY, matrix
from therapy.publishing import Published, publish
from therapy.request_log import ROWS_HELD, RequestLog
from therapy.sessions import make_sessions
from therapy.store import Bucket, Folder, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty folder."""
    return Folder(str(tmp_path / "store"))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A bucket whose answers the test gives."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")
    return Bucket("s3://models/relief")


def test_a_folder_returns_what_was_written_and_lists_it_by_prefix(store: Store) -> None:
    for key in ("versions/1/model.onnx", "versions/10/model.onnx", "drift/drift.prom"):
        store.write(key, key.encode())
    assert store.read("versions/1/model.onnx") == b"versions/1/model.onnx"
    assert store.read("versions/2/model.onnx") is None
    assert store.keys("versions/1/") == ["versions/1/model.onnx"]


def test_a_bucket_reads_below_its_prefix_and_a_missing_key_is_none(bucket: Bucket) -> None:
    with Stubber(bucket.client) as stub:
        wanted = {"Bucket": "models", "Key": "relief/drift/drift.prom"}
        stub.add_response("get_object", {"Body": StreamingBody(BytesIO(b"1"), 1)}, wanted)
        stub.add_client_error("get_object", "NoSuchKey", expected_params=wanted)
        assert bucket.read("drift/drift.prom") == b"1"
        assert bucket.read("drift/drift.prom") is None


def test_a_bucket_that_refuses_is_not_taken_for_a_missing_key(bucket: Bucket) -> None:
    with Stubber(bucket.client) as stub:
        stub.add_client_error("get_object", "AccessDenied")
        with pytest.raises(Exception, match="AccessDenied"):
            bucket.read("drift/drift.prom")


def test_a_bucket_lists_every_page_without_its_prefix(bucket: Bucket) -> None:
    with Stubber(bucket.client) as stub:
        for name, more in (("b", True), ("a", False)):
            page = {"Contents": [{"Key": f"relief/sessions/{name}"}], "IsTruncated": more}
            stub.add_response("list_objects_v2", page | ({"NextContinuationToken": "2"} if more else {}))
        assert bucket.keys("sessions/") == ["sessions/a", "sessions/b"]


def test_sessions_are_read_once_and_a_label_that_came_later_wins(store: Store, sessions: pd.DataFrame) -> None:
    source.add(
        store, sessions.assign(improved=None, labelled_at=sessions["labelled_at"].where(sessions["minutes"] < 0))
    )
    with pytest.raises(source.NoSessions, match="has an outcome yet"):
        source.newest(store, 30)
    for _ in range(2):
        source.add(store, sessions)
    assert source.newest(store, 30).equals(sessions.sort_values(["started_at", "session_id"]).reset_index(drop=True))
    assert len(source.newest(store, 7)) == 7 * 120


def test_retraining_learns_from_sessions_that_arrived_since(store: Store) -> None:
    source.add(store, make_sessions(1, 30))
    before = source.newest(store, 14)
    source.add(store, make_sessions(2, 14, first_day="2026-02-04"))
    after = source.newest(store, 14)
    assert not set(before["session_id"]) & set(after["session_id"])


def test_a_store_without_sessions_says_who_writes_them(store: Store) -> None:
    with pytest.raises(source.NoSessions, match="the application writes them"):
        source.newest(store, 7)


def test_a_version_is_published_with_its_reference_and_never_changes(
    store: Store, model_file: Path, rows: pd.DataFrame
) -> None:
    for _ in range(2):
        assert publish(store, "1", model_file, rows) == f"{store.uri}/versions/1/"
    assert store.read("versions/1/model.onnx") == model_file.read_bytes()
    assert store.keys("versions/1/") == ["versions/1/model.onnx"], "a predictor downloads its model and nothing else"
    reference = windows.reference(store, "1")
    assert reference["session_id"].tolist() == split(rows).judge["session_id"].tolist()
    assert reference["probability"].between(0, 1).all()
    store.write("versions/1/model.onnx", b"another")
    with pytest.raises(Published, match="version 1 was published before"):
        publish(store, "1", model_file, rows)


def test_a_storage_uri_is_no_prefix_of_another_versions(store: Store, model_file: Path, rows: pd.DataFrame) -> None:
    first, tenth = (publish(store, version, model_file, rows) for version in ("1", "10"))
    assert not tenth.startswith(first)


def test_the_live_window_is_what_was_answered_with_what_came_of_it(
    store: Store, sessions: pd.DataFrame, rows: pd.DataFrame
) -> None:
    log = RequestLog(store, "2", seconds=3600)
    served = rows[-600:].reset_index(drop=True)
    for session, features in zip(served["session_id"], matrix(served), strict=True):
        log.add(session, features[None, :], np.array([0.25], np.float32))
    log.add("never-written", matrix(served)[:1], np.array([0.9], np.float32))
    log.close()
    source.add(store, sessions)
    live = windows.live(store, "2", 30)
    assert live["session_id"].tolist() == served["session_id"].tolist()
    assert live["improved"].tolist() == served["improved"].tolist()
    assert set(live["probability"]) == {0.25}
    known = served[HISTORY[0]].notna()
    assert live.loc[known, HISTORY[0]].to_numpy() == pytest.approx(served.loc[known, HISTORY[0]].to_numpy())
    assert len(windows.live(store, "2", 1)) < 200


@pytest.mark.parametrize("missing", ["log", "sessions", "reference"])
def test_a_missing_window_says_who_writes_it(store: Store, missing: str) -> None:
    if missing == "sessions":
        store.write("sessions/a.parquet", source.to_parquet(make_sessions(9, 1)))
        row = dict.fromkeys(COLUMNS, 1.0) | {"session_id": "x", "answered_at": "2026-01-01", "probability": 0.5}
        store.write("requests/1/a.jsonl", pd.DataFrame([row]).to_json(orient="records", lines=True).encode())
    reason = {"log": "has logged no request", "sessions": "none of the 1 sessions", "reference": "is missing"}[missing]
    with pytest.raises(windows.NoWindow, match=reason):
        windows.reference(store, "1") if missing == "reference" else windows.live(store, "1", 7)


class Unreachable(Folder):
    """A store that refuses to be written."""

    def write(self, key: str, data: bytes) -> None:
        """Fails."""
        raise OSError(f"{key}: no route, {len(data)} bytes")


def test_a_store_out_of_reach_loses_no_answer_until_the_limit(tmp_path: Path) -> None:
    log = RequestLog(Unreachable(str(tmp_path)), "1", seconds=3600)
    # Without its thread, so that the test decides when it writes.
    log.close()
    row, answer = np.ones((1, len(COLUMNS)), np.float32), np.array([0.5])
    for number in range(ROWS_HELD + 5):
        log.add(str(number), row, answer)
    log.flush()
    assert (len(log.rows), log.lost) == (ROWS_HELD, 5)
    log.store = Folder(str(tmp_path))
    log.flush()
    written = [line for key in log.store.keys("requests/1/") for line in (log.store.read(key) or b"").splitlines()]
    assert (len(written), log.rows) == (ROWS_HELD, [])


def test_features_outlive_the_step_that_made_them(store: Store, sessions: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no pipeline run has saved features"):
        ListenerFeatures.load(store, tmp_path / "early")
    made = ListenerFeatures(tmp_path / "made")
    made.write(sessions)
    made.save(store)
    listeners = sessions["listener_id"].head(5).tolist()
    assert ListenerFeatures.load(store, tmp_path / "loaded").now(listeners).equals(made.now(listeners))
