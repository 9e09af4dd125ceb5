"""Rebuilds large_severity.json and model_meta_data.json from the supplied claims.

The supplied scoring script loads both, and the supplied repository lacks both.
Also writes example.json, the first supplied claim as a request.
Run by supplied.sh: `python3 rebuild.py CLAIMS FOLDER`. It needs the standard library only.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from claims_model.schema import FEATURES, NAMES

# The supplied data give each claim's cost capped at this amount, which is the largest capped cost in them.
CAP = 50_000
CATEGORIES = {feature.name for feature in FEATURES if feature.kind == "category"}
MODELS = ("fnol_attritional_model.cbm", "fnol_large_model.cbm")


def rebuild(claims: Path, out: Path) -> None:
    """Write both files to the folder of the models, and the example beside it."""
    folder = out / "model"
    with claims.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    costs = [float(row["Incurred"]) for row in rows]
    excess = [cost - CAP for cost in costs if cost > CAP]
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in MODELS}
    both = hashlib.sha256("".join(sums.values()).encode()).hexdigest()
    written = {
        # The mean cost above the cap among large claims.
        "large_severity.json": {"large_severity": sum(excess) / len(excess)},
        "model_meta_data.json": {
            "version": f"1.0.0-{both[:8]}",
            "sha256": sums,
            "cap": CAP,
            "claims": len(costs),
            "large_claims": len(excess),
        },
    }
    claim = [int(rows[0][name]) if name not in CATEGORIES else rows[0][name] for name in NAMES]
    (out / "example.json").write_text(json.dumps({"data": [claim]}) + "\n", encoding="utf-8")
    for name, content in written.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    rebuild(Path(sys.argv[1]), Path(sys.argv[2]))
