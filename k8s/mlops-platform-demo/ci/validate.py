"""Judges a candidate by sessions of a seed that no training uses."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from therapy.evaluation import evaluate
from therapy.feature_store import ListenerFeatures
from therapy.gate import Refused, enforce
from therapy.model import ReliefModel, UnfitModel
from therapy.registry import LINEAGE
from therapy.sessions import make_sessions

# train.sh takes seeds up to 9999.
UNSEEN = 10_000


def judge(folder: Path) -> str:
    """Says how good the candidate is, or throws what is wrong with it."""
    lineage = json.loads((folder / "lineage.json").read_text())
    missing = [key for key in LINEAGE if not lineage.get(key)]
    if missing:
        raise UnfitModel(f"lineage.json says nothing of {', '.join(missing)}")
    model = ReliefModel(folder / "model.onnx")
    sessions = make_sessions(UNSEEN, 30)
    with TemporaryDirectory() as store:
        features = ListenerFeatures(Path(store))
        features.write(sessions)
        evaluation = evaluate(model, features.at_start(sessions))
    enforce(evaluation, None)
    return f"validated: AUC {evaluation.auc:.3f} on {evaluation.sessions} sessions that were never learned from"


def main() -> int:
    try:
        print(judge(Path(sys.argv[1])))
    except (Refused, UnfitModel, json.JSONDecodeError) as error:
        print(f"validate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
