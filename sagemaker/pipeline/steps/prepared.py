"""Claims as process left them, as the model's training takes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from claims_model.schema import encode
from claims_model.training.claims import Claims


def read(folder: Path) -> Claims:
    """Read a part. The known expectation is there for invented claims only; without it, the cost stands in."""
    rows, cost, expected = [], [], []
    with (folder / "claims.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            rows.append(encode(record["claim"])[0])
            cost.append(record["cost"])
            expected.append(record["expected_cost"] or record["cost"])
    if not rows:
        raise ValueError(f"{folder} holds no claims")
    return Claims(np.array(rows, np.float32), np.array(cost), np.array(expected))
