"""What KServe's webhooks and Pod Security refuse, asked of each rendered overlay; no definition says any of it."""

import copy
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest
import yaml
from conftest import ROOT

KUBECTL = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="kubectl is not on the PATH")
OVERLAYS = ["local/models", "staging/models", "production/models", "production/models-canary", "production/models-gpu"]
# The Service that the operator makes for a Prometheus object, whatever its name.
PROMETHEUS = "http://prometheus-operated.monitoring.svc.cluster.local:9090"


def rendered(overlay: str) -> list[dict]:
    """The overlay's objects, with the storage container that install_kserve.sh applies."""
    command = [KUBECTL, "kustomize", ROOT / "overlays" / overlay]
    built = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    container = (ROOT / "kserve" / "storage-container.yaml").read_text()
    return [*yaml.safe_load_all(built), yaml.safe_load(container)]


def of(objects: list[dict], kind: str) -> list[dict]:
    """The objects of a kind."""
    return [each for each in objects if each["kind"] == kind]


def restricted(container: dict) -> bool:
    """Whether Pod Security's restricted profile takes the container."""
    context = container.get("securityContext", {})
    return (
        context.get("runAsNonRoot") is True
        and context.get("allowPrivilegeEscalation") is False
        and context.get("capabilities", {}).get("drop") == ["ALL"]
        and context.get("seccompProfile", {}).get("type") == "RuntimeDefault"
    )


def problems(objects: list[dict]) -> list[str]:
    """What a cluster would refuse or ignore."""
    found = []
    containers = {
        each["metadata"]["name"]: each["spec"]["container"] for each in of(objects, "ClusterStorageContainer")
    }
    for service in of(objects, "InferenceService"):
        name, predictor = service["metadata"]["name"], service["spec"]["predictor"]
        downloads = containers.get(predictor.get("storageContainerName"))
        # kserve@v0.20.0:pkg/webhook/admission/pod/storage_initializer_injector.go
        if downloads is None or not restricted(downloads):
            found.append(f"{name}: Pod Security refuses the storage initializer")
        elif not re.search(r":v\d+\.\d+\.\d+$", downloads["image"]):
            found.append(f"{name}: the storage initializer's image is not a release")
        # kserve@v0.20.0:python/storage/kserve_storage/kserve_storage.py, _download_s3
        if not predictor["model"]["storageUri"].endswith("/"):
            found.append(f"{name}: the storage URI is a prefix of other versions")
        for metric in predictor.get("autoScaling", {}).get("metrics", []):
            # kserve@v0.20.0:pkg/apis/serving/v1beta1/inference_service_validation.go
            if "value" not in metric["external"]["target"]:
                found.append(f"{name}: KServe's webhook wants external.target.value")
            if metric["external"]["metric"]["serverAddress"] != PROMETHEUS:
                found.append(f"{name}: no Service of Prometheus has this address")
        if "canaryTrafficPercent" in predictor or "canary" in service["spec"]:
            found.append(f"{name}: KServe 0.20 moves no traffic in Standard mode")
    for runtime in of(objects, "ServingRuntime"):
        container = runtime["spec"]["containers"][0]
        if "preStop" not in container.get("lifecycle", {}):
            found.append("therapy: an ending pod drops requests")
        config = {each["metadata"]["name"] for each in of(objects, "ConfigMap")}
        wanted = {env["valueFrom"]["configMapKeyRef"]["name"] for env in container["env"] if "STORE" in env["name"]}
        if not wanted <= config:
            found.append(f"therapy: ConfigMap {wanted - config} does not exist")
    ports = {port["name"] for each in of(objects, "ServingRuntime") for port in each["spec"]["containers"][0]["ports"]}
    # kserve@v0.20.0:pkg/constants/constants.go, KServiceComponentLabel. On kind Prometheus has its targets in a file.
    scraped = [
        endpoint["port"]
        for each in of(objects, "PodMonitor")
        if each["spec"]["selector"]["matchLabels"] == {"component": "predictor"}
        for endpoint in each["spec"]["podMetricsEndpoints"]
    ]
    is_local = "models-local" in {each["metadata"]["namespace"] for each in of(objects, "InferenceService")}
    if not ports.issuperset(scraped) or not (scraped or is_local):
        found.append("Prometheus scrapes no predictor")
    routed = {
        ref["name"]
        for each in of(objects, "HTTPRoute")
        for rule in each["spec"]["rules"]
        for ref in rule["backendRefs"]
    }
    services = {f"{each['metadata']['name']}-predictor" for each in of(objects, "InferenceService")}
    if routed != services:
        found.append(f"routes and services differ: {sorted(routed ^ services)}")
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_cluster_takes_each_overlay(overlay: str) -> None:
    assert problems(rendered(overlay)) == []


def predictor(objects: list[dict]) -> dict:
    """The stable service's predictor."""
    return next(each for each in of(objects, "InferenceService") if each["metadata"]["name"] == "relief")["spec"][
        "predictor"
    ]


@pytest.mark.parametrize(
    ("breaking", "reason"),
    [
        (lambda objects: predictor(objects).pop("storageContainerName"), "storage initializer"),
        (
            lambda objects: of(objects, "ClusterStorageContainer")[0]["spec"]["container"].pop("securityContext"),
            "storage initializer",
        ),
        (
            lambda objects: of(objects, "ClusterStorageContainer")[0]["spec"]["container"].update(
                image="docker.io/kserve/storage-initializer:latest"
            ),
            "not a release",
        ),
        (
            lambda objects: predictor(objects)["model"].update(storageUri="s3://m/versions/1"),
            "prefix of other versions",
        ),
        (
            lambda objects: predictor(objects)["autoScaling"]["metrics"][0]["external"].update(
                target={"type": "AverageValue", "averageValue": "50"}
            ),
            "external.target.value",
        ),
        (
            lambda objects: predictor(objects)["autoScaling"]["metrics"][0]["external"]["metric"].update(
                serverAddress="http://prometheus.monitoring.svc.cluster.local:9090"
            ),
            "no Service of Prometheus",
        ),
        (lambda objects: predictor(objects).update(canaryTrafficPercent=10), "moves no traffic"),
        (lambda objects: of(objects, "ServingRuntime")[0]["spec"]["containers"][0].pop("lifecycle"), "drops requests"),
        (lambda objects: objects.remove(of(objects, "InferenceService")[0]), "routes and services differ"),
        (lambda objects: objects.remove(of(objects, "PodMonitor")[0]), "scrapes no predictor"),
        (
            lambda objects: of(objects, "PodMonitor")[0]["spec"]["podMetricsEndpoints"][0].update(port="http"),
            "scrapes no predictor",
        ),
    ],
)
def test_what_a_cluster_refuses_is_noticed(breaking: Callable, reason: str) -> None:
    objects = copy.deepcopy(rendered("production/models-gpu"))
    breaking(objects)
    assert any(reason in each for each in problems(objects))


# What a cluster with Traefik runs of what has routes: the gateway's overlay first.
WITH_TRAEFIK = {
    "local": ["overlays/local/gateway", "overlays/local/models"],
    "local, applications": [f"../{each}/overlays/local" for each in ("gateway", "apps/claims", "apps/report")],
    "staging": [
        *(f"../{each}/overlays/staging" for each in ("gateway", "apps/claims", "apps/report")),
        *(f"overlays/staging/{each}" for each in ("models", "sign-on")),
    ],
}


def unserved(objects: list[dict]) -> list[str]:
    """What keeps Traefik from serving a route, or from serving at all."""
    traefik = next(each for each in of(objects, "Deployment") if each["metadata"]["name"] == "traefik")
    option = "--providers.kubernetesgateway.namespaces="
    arguments = traefik["spec"]["template"]["spec"]["containers"][0]["args"]
    watched = next(set(each.removeprefix(option).split(",")) for each in arguments if each.startswith(option))
    bound = {
        each["metadata"]["namespace"]
        for each in of(objects, "RoleBinding")
        if each["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "traefik-routes"}
    }
    routed = {each["metadata"]["namespace"] for each in of(objects, "HTTPRoute")}
    # traefik/traefik@v3.7.1:pkg/provider/kubernetes/gateway/client.go, WatchAll: it waits for each namespace's lists.
    return [
        *(f"Traefik waits for its rights in {each}" for each in sorted(watched - bound)),
        *(f"Traefik does not watch {each}" for each in sorted(routed - watched)),
        *(f"Traefik may list secrets in {each} for nothing" for each in sorted(bound - watched)),
    ]


def environment(folders: list[str]) -> list[dict]:
    """All objects of several overlays."""
    return [each for folder in folders for each in rendered(f"../{folder}")]


@pytest.mark.parametrize("folders", WITH_TRAEFIK.values(), ids=WITH_TRAEFIK)
def test_traefik_watches_the_namespaces_with_routes_and_no_other(folders: list[str]) -> None:
    assert unserved(environment(folders)) == []


@pytest.mark.parametrize(
    ("folders", "reason"),
    [
        (WITH_TRAEFIK["local"][:1], "waits for its rights in models-local"),
        (["../gateway/overlays/local", "overlays/local/models"], "does not watch models-local"),
        (["../gateway/overlays/local", "overlays/local/models"], "waits for its rights in claims"),
        (["../gateway/overlays/local", "overlays/local/models"], "list secrets in models-local for nothing"),
    ],
)
def test_a_namespace_that_traefik_does_not_serve_is_noticed(folders: list[str], reason: str) -> None:
    assert any(reason in each for each in unserved(environment(folders)))


def kind_problems(cluster: dict, objects: list[dict]) -> list[str]:
    """What of the kind cluster does not fit what runs on it."""
    found = []
    published = {
        port["nodePort"] for each in of(objects, "Service") for port in each["spec"]["ports"] if "nodePort" in port
    }
    mapped = {port["containerPort"] for node in cluster["nodes"] for port in node.get("extraPortMappings", [])}
    if not mapped or mapped - published:
        found.append(f"mapped ports {sorted(mapped)} are not among the node ports {sorted(published)}")
    for node in cluster["nodes"]:
        found += [
            f"nothing asks for the node label {label}" for label in node.get("labels", {}) if label not in str(objects)
        ]
        if "taints" in str(node):
            found.append("no pod tolerates a taint of the node")
    return found


def kind_cluster() -> dict:
    """What create_kind_cluster.sh creates."""
    return yaml.safe_load((ROOT / "cluster" / "kind.yaml").read_text())


def test_the_kind_cluster_fits_what_runs_on_it() -> None:
    assert kind_problems(kind_cluster(), environment(WITH_TRAEFIK["local"])) == []


@pytest.mark.parametrize(
    ("breaking", "reason"),
    [
        (lambda worker: worker.pop("extraPortMappings"), "mapped ports"),
        (lambda worker: worker["extraPortMappings"][0].update(containerPort=8443), "mapped ports"),
        (lambda worker: worker.update(labels={"platform.example.com/node-type": "general"}), "nothing asks for"),
        (lambda worker: worker.update(kubeadmConfigPatches=["taints: []"]), "no pod tolerates"),
    ],
)
def test_a_kind_cluster_that_does_not_fit_is_noticed(breaking: Callable, reason: str) -> None:
    cluster = kind_cluster()
    breaking(cluster["nodes"][1])
    assert any(reason in each for each in kind_problems(cluster, environment(WITH_TRAEFIK["local"])))
