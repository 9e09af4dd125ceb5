"""The registry's rules: what a version needs, and which alias may go where."""

import subprocess
import sys

import pytest
from conftest import LINEAGE, ROOT
from therapy.registry import CHALLENGER, CHAMPION, PREVIOUS, STORAGE_URI, Registry, RuleBroken
from therapy.training import Trained


@pytest.fixture
def two(registry: Registry, trained: Trained) -> Registry:
    """A champion, version 1, and a challenger, version 2."""
    registry.register(trained.model_uri, trained.run_id, LINEAGE)
    registry.client.create_model_version(
        registry.name, trained.model_uri, tags=LINEAGE, model_id=trained.model_uri.removeprefix("models:/")
    )
    registry.challenge("2")
    return registry


def holders(registry: Registry) -> dict[str, str]:
    """Which version has which alias."""
    found = {alias: registry.version(alias) for alias in (CHAMPION, CHALLENGER, PREVIOUS)}
    return {alias: str(version.version) for alias, version in found.items() if version}


def test_the_first_version_is_champion_and_a_repeated_registration_changes_nothing(
    registry: Registry, trained: Trained
) -> None:
    for _ in range(2):
        version = registry.register(trained.model_uri, trained.run_id, LINEAGE)
        assert (str(version.version), version.tags) == ("1", LINEAGE)
    assert holders(registry) == {CHAMPION: "1"}


@pytest.mark.parametrize("missing", LINEAGE)
def test_a_version_without_its_lineage_is_refused(registry: Registry, trained: Trained, missing: str) -> None:
    with pytest.raises(RuleBroken, match=missing):
        registry.register(trained.model_uri, trained.run_id, {**LINEAGE, missing: ""})
    assert not registry.client.search_model_versions(f"name = '{registry.name}'")


def test_a_version_that_failed_the_gate_is_neither_registered_nor_challenger(two: Registry, trained: Trained) -> None:
    with pytest.raises(RuleBroken, match="gate says 'failed'"):
        two.register(trained.model_uri, "another-run", {**LINEAGE, "gate": "failed"})
    two.client.create_model_version(two.name, trained.model_uri, model_id=trained.model_uri.removeprefix("models:/"))
    with pytest.raises(RuleBroken, match="version 3 did not pass the gate"):
        two.challenge("3")


def test_a_challenger_becomes_champion_once_its_canary_passed(two: Registry) -> None:
    with pytest.raises(RuleBroken, match="has not passed as a canary"):
        two.promote("2")
    two.record_canary("2", passed=True)
    two.promote("2")
    assert holders(two) == {CHAMPION: "2", PREVIOUS: "1"}


def test_only_the_challenger_can_be_judged_or_promoted(two: Registry) -> None:
    for act in (two.promote, lambda number: two.record_canary(number, passed=True)):
        with pytest.raises(RuleBroken, match="version 1 is not the challenger: version 2 is"):
            act("1")


def test_the_champion_cannot_challenge_itself(two: Registry) -> None:
    with pytest.raises(RuleBroken, match="is the champion"):
        two.challenge("1")


def test_a_failed_canary_is_challenger_no_more_and_never_again(two: Registry) -> None:
    two.record_canary("2", passed=False)
    assert holders(two) == {CHAMPION: "1"}
    with pytest.raises(RuleBroken, match="nobody is"):
        two.promote("2")
    with pytest.raises(RuleBroken, match="failed as a canary"):
        two.challenge("2")


def test_a_roll_back_brings_the_previous_champion_once(two: Registry) -> None:
    with pytest.raises(RuleBroken, match="no previous champion"):
        two.roll_back()
    two.record_canary("2", passed=True)
    two.promote("2")
    assert two.roll_back() == "1"
    assert holders(two) == {CHAMPION: "1"}
    with pytest.raises(RuleBroken, match="failed as a canary"):
        two.challenge("2")
    with pytest.raises(RuleBroken, match="no previous champion"):
        two.roll_back()


def test_a_version_that_could_not_be_published_serves_nobody(registry: Registry, trained: Trained) -> None:
    def unreachable(number: str) -> str:
        raise OSError(f"version {number}: no route to the store")

    with pytest.raises(OSError, match="version 1: no route"):
        registry.register(trained.model_uri, trained.run_id, LINEAGE, unreachable)
    assert holders(registry) == {}
    version = registry.register(trained.model_uri, trained.run_id, LINEAGE, lambda number: f"s3://m/versions/{number}/")
    assert (str(version.version), version.tags[STORAGE_URI]) == ("1", "s3://m/versions/1/")
    assert holders(registry) == {CHAMPION: "1"}


def test_the_command_promotes_the_challenger_and_refuses_another(two: Registry, tracking: str) -> None:
    def run(*words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "therapy.registry", "--model", two.name, "--tracking-uri", tracking, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT / "pipeline")

    refused = run("promote", "1")
    assert (refused.returncode, refused.stderr) == (1, "registry: version 1 is not the challenger: version 2 is\n")
    assert run("promote", "2").returncode == 0
    assert holders(two) == {CHAMPION: "2", PREVIOUS: "1"}
