"""A release by commits: each step renders, keeps every request answered, and refuses to skip what comes before."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

KUBECTL = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="kubectl is not on the PATH")
OVERLAYS = ["local", "staging", "production"]


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The overlay of models in a copy of the platform, beside the applications' components that it uses."""
    for part in ("components", "drift", "lib", "model-deploy", "overlays", "rbac"):
        shutil.copytree(ROOT / part, tmp_path / "platform" / part)
    shutil.copytree(ROOT.parent / "components", tmp_path / "components")
    return tmp_path / "platform" / "overlays" / request.param / "models"


def step(overlay: Path, *words: str) -> subprocess.CompletedProcess:
    """Runs release.sh of the copy."""
    script = overlay.parents[2] / "model-deploy" / "release.sh"
    return subprocess.run([script, overlay, *words], capture_output=True, text=True, check=False)


def rendered(overlay: Path) -> tuple[dict[str, str], dict[str, int]]:
    """The version of each service, and the weight of each backend of the route."""
    built = subprocess.run([KUBECTL, "kustomize", overlay], capture_output=True, text=True, check=True).stdout
    services, weights = {}, {}
    for each in yaml.safe_load_all(built):
        if each["kind"] == "InferenceService":
            version = each["metadata"]["labels"]["mlops.example.com/model-version"]
            uri = each["spec"]["predictor"]["model"]["storageUri"]
            assert re.fullmatch(rf"s3://[a-z-]+/relief/versions/{version}/", uri), uri
            services[each["metadata"]["name"]] = version
        if each["kind"] == "HTTPRoute":
            weights = {ref["name"]: ref["weight"] for ref in each["spec"]["rules"][0]["backendRefs"]}
    return services, weights


def test_the_committed_state_is_what_the_script_writes(overlay: Path) -> None:
    before = (overlay / "release" / "kustomization.yaml").read_text()
    assert step(overlay, "try", "7").returncode == 0
    assert step(overlay, "rollback").returncode == 0
    assert (overlay / "release" / "kustomization.yaml").read_text() == before


def test_every_state_of_a_release_answers_and_routes_to_what_exists(overlay: Path) -> None:
    was_serving: set[str] = set()
    for words, weights in [
        (["try", "2"], {"relief-predictor": 100, "relief-canary-predictor": 0}),
        (["shift", "20"], {"relief-predictor": 80, "relief-canary-predictor": 20}),
        (["shift", "100"], {"relief-predictor": 0, "relief-canary-predictor": 100}),
        (["promote"], {"relief-predictor": 0, "relief-canary-predictor": 100}),
        (["finish"], {"relief-predictor": 100}),
    ]:
        ended = step(overlay, *words)
        assert ended.returncode == 0, ended.stderr
        services, found = rendered(overlay)
        assert found == weights
        assert {name.removesuffix("-predictor") for name in found} == set(services)
        serving = {services[name.removesuffix("-predictor")] for name, weight in found.items() if weight}
        # Between two states the gateway may go by either: what answers after was there before.
        assert not was_serving or serving & was_serving or words[0] == "shift"
        was_serving = serving
    assert services == {"relief": "2"}


def test_the_stable_service_changes_only_while_the_canary_answers_everything(overlay: Path) -> None:
    for words, reason in [
        (["shift", "10"], "no canary"),
        (["promote"], "no canary"),
        (["finish"], "no canary"),
        (["rollback"], "no canary"),
        (["try", "1"], "is the stable version already"),
    ]:
        assert reason in step(overlay, *words).stderr
    assert step(overlay, "try", "2").returncode == 0
    assert "is the canary already" in step(overlay, "try", "3").stderr
    assert step(overlay, "shift", "99").returncode == 0
    assert "the canary answers 99 %, not 100" in step(overlay, "promote").stderr
    assert "is not promoted" in step(overlay, "finish").stderr
    assert step(overlay, "shift", "100").returncode == 0
    assert step(overlay, "promote").returncode == 0
    assert "was promoted" in step(overlay, "rollback").stderr
    assert "was promoted" in step(overlay, "shift", "0").stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "'' is not a step"),
        (["go"], "'go' is not a step"),
        (["shift"], "is not a percentage"),
        (["shift", "101"], "'101' is not a percentage"),
        (["try", "v2"], "'v2' is not a version"),
        (["promote", "2"], "promote takes no value"),
        (["--replicas", "9", "status"], "is not a number of pods"),
    ],
)
def test_misuse_is_refused_in_one_line_and_changes_nothing(tmp_path: Path, words: list[str], reason: str) -> None:
    for part in ("lib", "model-deploy", "overlays"):
        shutil.copytree(ROOT / part, tmp_path / part)
    ended = step(tmp_path / "overlays" / "staging" / "models", *words)
    assert (ended.returncode, ended.stderr.count("\n"), reason in ended.stderr) == (2, 1, True), ended.stderr


def test_an_edited_state_is_refused(overlay: Path) -> None:
    file = overlay / "release" / "kustomization.yaml"
    file.write_text(file.read_text().replace("# stable=", "# stable "))
    assert "does not start with a state" in step(overlay, "try", "2").stderr


def test_argo_cd_moves_traffic_after_services_and_removes_a_canary_last() -> None:
    route = yaml.safe_load((ROOT / "model-deploy" / "route.yaml").read_text())
    canary = yaml.safe_load((ROOT / "components" / "canary" / "inferenceservice.yaml").read_text())
    assert route["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == "1"
    assert canary["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "PruneLast=true"


def test_a_canary_is_as_large_as_the_stable_service() -> None:
    stable = yaml.safe_load((ROOT / "model-deploy" / "inferenceservice.yaml").read_text())["spec"]["predictor"]
    canary = yaml.safe_load((ROOT / "components" / "canary" / "inferenceservice.yaml").read_text())["spec"]["predictor"]
    assert {key: canary[key] for key in ("minReplicas", "maxReplicas", "scaleMetric", "scaleTarget")} == {
        key: stable[key] for key in ("minReplicas", "maxReplicas", "scaleMetric", "scaleTarget")
    }
