"""Claims as process left them, as the model's training takes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from claims_model.schema import encode
from claims_model.training.claims import Claims


def read(folder: Path) -> Claims:
    """Read a part, in the order in which the claims were made."""
    rows, cost = [], []
    with (folder / "claims.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            rows.append(encode(record["claim"])[0])
            cost.append(record["cost"])
    if not rows:
        raise ValueError(f"{folder} holds no claims")
    return Claims(np.array(rows, np.float32), np.array(cost), np.zeros(len(cost), int))
