"""Reads claims with their final costs, refuses what is no claim, holds a part out, and notes what claims look like."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from claims_model.schema import FEATURES, encode

from monitor.baseline import baseline

# A claim is in the holdout for ever, whatever run reads it: champion and challenger are compared on claims that
# neither was trained on.
HOLDOUT_IN_HUNDRED = 20
# More than this, and what delivers claims is broken.
TOLERATED_FAULTS = 0.01


class Refused(Exception):
    """The claims are not fit to train on."""


def claims(folder: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each line of the folder's .jsonl files, and where it stands."""
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                where = f"{path.name}:{number}"
                try:
                    claim = json.loads(line)
                except ValueError:
                    claim = None
                yield (claim if isinstance(claim, dict) else {}), where


def is_held_out(identity: str) -> bool:
    """Tell by the claim's identity alone."""
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4]) % 100 < HOLDOUT_IN_HUNDRED


def process(source: Path, train: Path, holdout: Path, noted: Path) -> dict[str, int]:
    """Write both parts and the baseline; return how many claims went where."""
    records: list[dict[str, Any]] = []
    parts: dict[Path, list[str]] = {train: [], holdout: []}
    faults: list[str] = []
    for claim, where in claims(source):
        cost = claim.pop("cost", None)
        identity = claim.pop("id", None)
        _, problems = encode(claim)
        if not isinstance(cost, int | float) or isinstance(cost, bool) or not cost >= 0:
            problems.append(("cost", "is not a number from 0"))
        if not isinstance(identity, str):
            problems.append(("id", "is missing"))
        if problems:
            faults.append(f"{where}: {problems[0][0]} {problems[0][1]}")
            continue
        records.append(claim)
        line = json.dumps({"claim": claim, "cost": cost})
        parts[holdout if is_held_out(identity) else train].append(line)
    total = len(records) + len(faults)
    if not total:
        raise Refused(f"{source} holds no claims")
    if len(faults) > TOLERATED_FAULTS * total:
        raise Refused(f"{len(faults)} of {total} lines are no claims, the first is {faults[0]}")
    for folder, lines in parts.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "claims.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    noted.mkdir(parents=True, exist_ok=True)
    (noted / "baseline.json").write_text(json.dumps(baseline(FEATURES, records)), encoding="utf-8")
    return {"train": len(parts[train]), "holdout": len(parts[holdout]), "refused": len(faults)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="steps.process", description=__doc__)
    for name, text in (("claims", "read"), ("train", "write"), ("holdout", "write"), ("baseline", "write")):
        parser.add_argument(f"--{name}", type=Path, required=True, help=f"folder to {text}")
    given = parser.parse_args()
    try:
        counts = process(given.claims, given.train, given.holdout, given.baseline)
    except (Refused, OSError) as error:
        print(f"process: {error}", file=sys.stderr)
        return 1
    print(json.dumps(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
