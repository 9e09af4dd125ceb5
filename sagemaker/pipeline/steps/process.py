"""Splits the labelled claims by time: the newest window judges the models, all claims before it train the challenger.

Fails where no claim arrived after those that the champion was trained and judged on: the same claims make the same
model.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
from datetime import date, timedelta
from pathlib import Path

from claims_model.schema import FEATURES

from monitor.baseline import baseline
from steps import claims
from steps.claims import Labelled

# More than this share of lines that are not claims, and what delivers them is broken.
TOLERATED_FAULTS = 0.01
# The monitor's minimum too: fewer claims judge no model.
MINIMUM_CLAIMS = 200


class Refused(Exception):
    """The claims are not fit to train on."""


def trained_until(folder: Path) -> date:
    """Return the date of the newest claim that the champion's training used."""
    with tarfile.open(folder / "model.tar.gz") as archive:
        member = archive.extractfile("model.json")
        return date.fromisoformat(json.loads(member.read() if member else b"{}")["data"]["until"])


def process(source: Path, days: int, champion: Path | None) -> tuple[list[Labelled], list[Labelled], list[str]]:
    """Return the claims to train on, the newest window, and the faults."""
    found = list(claims.read(source))
    faults = [item for item in found if isinstance(item, str)]
    labelled = sorted((item for item in found if isinstance(item, Labelled)), key=lambda item: item.date)
    if not labelled:
        raise Refused(f"{source} holds no claims")
    if len(faults) > TOLERATED_FAULTS * len(found):
        raise Refused(f"{len(faults)} of {len(found)} lines are not claims, the first is {faults[0]}")
    begins = labelled[-1].date - timedelta(days=days)
    window = [item for item in labelled if item.date > begins]
    train = labelled[: len(labelled) - len(window)]
    for name, part in (("to train on", train), ("in the newest window", window)):
        if len(part) < MINIMUM_CLAIMS:
            raise Refused(f"{len(part)} claims are {name}, and {MINIMUM_CLAIMS} are needed")
    if champion and (known := trained_until(champion)) > begins:
        raise Refused(
            f"the champion knows claims to {known}, and the newest window begins after {begins}: nothing to compare on"
        )
    return train, window, faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="steps.process", description=__doc__)
    parser.add_argument("--claims", type=Path, required=True, help="folder with .jsonl files")
    parser.add_argument("--champion", type=Path, help="folder with the champion's model.tar.gz; none for the first")
    parser.add_argument("--window-days", type=int, default=365, help="length of the newest window; %(default)s")
    for name in ("train", "window", "baseline"):
        parser.add_argument(f"--{name}", type=Path, required=True, help="folder to write")
    given = parser.parse_args()
    try:
        train, window, faults = process(given.claims, given.window_days, given.champion)
    except (Refused, OSError, KeyError, ValueError, tarfile.TarError) as error:
        print(f"process: {error}", file=sys.stderr)
        return 1
    claims.write(given.train, train)
    claims.write(given.window, window)
    given.baseline.mkdir(parents=True, exist_ok=True)
    # What the model is judged on is what later claims are compared with.
    noted = baseline(FEATURES, [item.claim for item in window])
    (given.baseline / "baseline.json").write_text(json.dumps(noted), encoding="utf-8")
    nothing = sum(item.cost == 0 for item in train + window)
    print(json.dumps({"train": len(train), "window": len(window), "cost nothing": nothing, "faults": len(faults)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
