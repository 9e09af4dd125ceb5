"""Puts a registered version where InferenceServices read it, with the table that its drift is judged by."""

from pathlib import Path

import pandas as pd

from therapy.dataset import split
from therapy.features import HISTORY, REQUEST, matrix
from therapy.model import ReliefModel
from therapy.source import to_parquet
from therapy.store import Store
from therapy.windows import reference_key


class Published(ValueError):
    """Another file was published under this version before: a version never changes."""


def publish(store: Store, version: str, model: Path, rows: pd.DataFrame) -> str:
    """Writes `versions/N/model.onnx` and `references/N.parquet`; returns the version's storage URI.

    The same file again is accepted, so that a step that was interrupted can be repeated.
    """
    data, key = model.read_bytes(), f"versions/{version}/model.onnx"
    before = store.read(key)
    if before is not None and before != data:
        raise Published(f"{store.uri}/{key} holds another file: version {version} was published before")
    judge = split(rows).judge
    judge = judge.assign(probability=ReliefModel(model).probabilities(matrix(judge)))
    columns = ["session_id", "age_group", "programme", "started_at", "improved", *REQUEST, *HISTORY, "probability"]
    store.write(reference_key(version), to_parquet(judge[columns]))
    # Last: whoever sees the model finds its reference.
    store.write(key, data)
    # The slash matters: KServe downloads every key with this prefix, and `versions/1` is one of `versions/10`.
    return f"{store.uri}/versions/{version}/"
