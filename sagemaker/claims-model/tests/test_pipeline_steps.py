"""What the SageMaker pipeline's jobs do with labelled claims: sagemaker/pipeline/steps."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Callable

import pytest
from steps import claims as labelled
from steps.evaluate import evaluate
from steps.process import Refused, process

from claims_model.schema import FEATURES
from claims_model.training.__main__ import train
from claims_model.training.claims import generate
from tests.conftest import ROOT, SEED

FIRST = date(2010, 1, 1)


def lines(count: int, change: Callable[[int, dict[str, Any]], Any] = lambda _, line: line, seed: int = 1) -> str:
    """Return a claim a day; a quarter of the generated costs are zero."""
    made = generate(count, seed)
    found = []
    for number, (row, cost) in enumerate(zip(made.rows, made.cost)):
        claim = {feature.name: feature.decode(float(value)) for feature, value in zip(FEATURES, row)}
        line = {"id": str(number), "date": str(FIRST + timedelta(number)), "cost": float(cost), "claim": claim}
        changed = change(number, line)
        found.append(changed if isinstance(changed, str) else json.dumps(changed))
    return "".join(line + "\n" for line in found)


def folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "claims.jsonl").write_text(text, encoding="utf-8")
    return path


def archive(path: Path, until: str) -> Path:
    path.mkdir()
    content = json.dumps({"data": {"until": until}}).encode()
    with tarfile.open(path / "model.tar.gz", "w:gz") as packed:
        member = tarfile.TarInfo("model.json")
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    return path


def test_claims_that_cost_nothing_and_recoveries_are_claims(tmp_path: Path) -> None:
    def recovered(number: int, line: dict[str, Any]) -> dict[str, Any]:
        return line | {"cost": -50} if number % 10 == 0 else line

    train_on, window, faults = process(folder(tmp_path / "c", lines(1000, recovered)), 365, None)
    everything = train_on + window
    nothing = sum(item.cost == 0 for item in everything) / len(everything)
    assert (len(everything), faults) == (1000, [])
    assert 0.25 < nothing < 0.45
    assert min(item.cost for item in everything) == 0


def test_the_supplied_claims_have_no_faults(supplied: Path, tmp_path: Path) -> None:
    text = subprocess.check_output(
        [sys.executable, str(ROOT.parent / "pipeline/convert.py"), str(supplied / "claims.csv")], text=True
    )
    train_on, window, faults = process(folder(tmp_path / "c", text), 365, None)
    everything = train_on + window
    assert (len(everything), faults) == (7691, [])
    assert 0.23 < sum(item.cost == 0 for item in everything) / 7691 < 0.24


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (lambda line: line | {"cost": "12"}, "cost is not a number"),
        (lambda line: line | {"cost": True}, "cost is not a number"),
        (lambda line: {**line, "claim": line["claim"] | {"Main_driver": "N/K?"}}, "Main_driver must be"),
        (lambda line: {key: value for key, value in line.items() if key != "date"}, "'date' is missing"),
        (lambda line: line | {"date": "31/01/2010"}, "Invalid isoformat"),
        (lambda line: "{", "Expecting"),
    ],
)
def test_one_fault_in_a_hundred_is_tolerated_and_two_are_not(
    tmp_path: Path, fault: Callable[[dict[str, Any]], Any], reason: str
) -> None:
    one = folder(tmp_path / "one", lines(1000, lambda number, line: fault(line) if number % 100 == 0 else line))
    _, _, faults = process(one, 365, None)
    assert len(faults) == 10 and reason in faults[0]
    two = folder(tmp_path / "two", lines(1000, lambda number, line: fault(line) if number % 50 == 0 else line))
    with pytest.raises(Refused, match="20 of 1000 lines are not claims"):
        process(two, 365, None)


def test_the_newest_window_judges_and_the_claims_before_it_train(tmp_path: Path) -> None:
    train_on, window, _ = process(folder(tmp_path / "c", lines(1000)), 365, None)
    assert (len(train_on), len(window)) == (635, 365)
    assert max(item.date for item in train_on) < min(item.date for item in window)


def test_claims_that_the_champion_knows_retrain_nothing(tmp_path: Path) -> None:
    source = folder(tmp_path / "c", lines(1000))
    last = FIRST + timedelta(999)
    begins = last - timedelta(365)
    process(source, 365, archive(tmp_path / "older", str(begins)))
    with pytest.raises(Refused, match="nothing to compare on"):
        process(source, 365, archive(tmp_path / "newer", str(begins + timedelta(1))))


def test_too_few_claims_retrain_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="199 claims are in the newest window"):
        process(folder(tmp_path / "c", lines(1000)), 199, None)
    with pytest.raises(Refused, match="claims are to train on"):
        process(folder(tmp_path / "d", lines(1000)), 801, None)


def test_challenger_and_champion_meet_the_same_claims(tmp_path: Path, folder_of_two: tuple[Path, Path]) -> None:
    good, bad = folder_of_two
    _, window, _ = process(folder(tmp_path / "c", lines(1000, seed=SEED)), 365, None)
    labelled.write(tmp_path / "window", window)
    first = evaluate(tmp_path / "window", good, None)
    assert "deviance_ratio" not in first["regression_metrics"]
    better = evaluate(tmp_path / "window", good, bad)["regression_metrics"]["deviance_ratio"]["value"]
    worse = evaluate(tmp_path / "window", bad, good)["regression_metrics"]["deviance_ratio"]["value"]
    assert better < 0.98 < worse


@pytest.fixture(scope="module")
def folder_of_two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two archives: a model of good claims, and one of costs that are three times as high."""
    found = []
    for name, factor in (("good", 1), ("bad", 3)):
        out = tmp_path_factory.mktemp(name)
        made = generate(4000, SEED)
        train(made._replace(cost=made.cost * factor), out, SEED)
        with tarfile.open(out / "model.tar.gz", "w:gz") as packed:
            for path in sorted(out.glob("model.[jo]*")):
                packed.add(path, path.name)
        found.append(out)
    return found[0], found[1]
