"""Rebuilds large_severity.json and model_meta_data.json from the supplied claims.

The supplied scoring script loads both, and the supplied repository lacks both.
Run by supplied.sh: `python3 rebuild.py CLAIMS MODEL_FOLDER`. It needs the standard library only.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from pathlib import Path

# The supplied data give each claim's cost capped at this amount, which is the largest capped cost in them.
CAP = 50_000
MODELS = ("fnol_attritional_model.cbm", "fnol_large_model.cbm")


def rebuild(claims: Path, folder: Path) -> None:
    """Write both files to the folder that holds the models."""
    with claims.open(encoding="utf-8", newline="") as lines:
        costs = [float(row["Incurred"]) for row in csv.DictReader(lines)]
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
    for name, content in written.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    rebuild(Path(sys.argv[1]), Path(sys.argv[2]))
