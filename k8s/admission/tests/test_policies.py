"""Evaluate the admission policies' CEL on their samples, as the API server would: defaults first, then the policies.

Run with `python -m unittest discover k8s/admission/tests`; wants common-expression-language and PyYAML.
"""

import copy
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cel
import yaml

HERE = Path(__file__).parent
Object = dict[str, Any]

DIGEST = "@sha256:" + "1" * 64
LIMITS = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}}


def documents(path: Path) -> list[Object]:
    """Return the objects of a file."""
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


POLICIES = [
    each
    for name in ("policy.yaml", "privileged.yaml", "inference-services.yaml")
    for each in documents(HERE.parent / "base" / name)
    if each["kind"] == "ValidatingAdmissionPolicy"
]
RANGE = documents(HERE.parents[1] / "apps" / "claims" / "base" / "limit-range.yaml")[0]["spec"]["limits"][0]


def filled(obj: Object) -> Object:
    """Return a pod with what the LimitRange of `claims` fills in; other kinds as they are.

    Source: kubernetes/kubernetes@v1.36.0:plugin/pkg/admission/limitranger/admission.go
    """
    obj = copy.deepcopy(obj)
    if obj["kind"] == "Pod":
        for container in obj["spec"]["containers"] + obj["spec"].get("initContainers", []):
            resources = container.setdefault("resources", {})
            # A request that is not stated is the stated limit.
            requests = {**RANGE["defaultRequest"], **resources.get("limits", {}), **resources.get("requests", {})}
            resources["limits"] = {**RANGE["default"], **resources.get("limits", {})}
            resources["requests"] = requests
    return obj


def problems(new: Object, old: Object | None = None) -> Iterator[str]:
    """Yield each policy with the number of the validation that does not hold."""
    base = {"object": filled(new), "oldObject": filled(old) if old else None}
    for policy in POLICIES:
        spec = policy["spec"]
        kinds = {kind for rule in spec["matchConstraints"]["resourceRules"] for kind in rule["resources"]}
        if new["kind"].lower() + "s" not in kinds:
            continue
        if not all(cel.evaluate(each["expression"], base) for each in spec.get("matchConditions", [])):
            continue
        variables: Object = {}
        for each in spec["variables"]:
            variables[each["name"]] = cel.evaluate(each["expression"], {**base, "variables": variables})
        for number, each in enumerate(spec["validations"]):
            if not cel.evaluate(each["expression"], {**base, "variables": variables}):
                yield f"{policy['metadata']['name']}/{number}"


def pod(image: str, **more: Any) -> Object:
    """Return a pod of one container."""
    container = {"name": "app", "image": image, "resources": LIMITS, **more}
    return {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}}


def replicated(kind: str, image: str, replicas: int = 1) -> Object:
    """Return an object that makes such pods."""
    spec = {"replicas": replicas, "template": {"spec": pod(image)["spec"]}}
    return {"kind": kind, "metadata": {"name": "a"}, "spec": spec}


class Samples(unittest.TestCase):
    """The samples of both folders."""

    def test_accepts(self) -> None:
        """Every accepted sample passes every policy."""
        for path in sorted((HERE / "accepted").glob("*.yaml")):
            with self.subTest(path.name):
                self.assertEqual(list(problems(documents(path)[0])), [])

    def test_refuses(self) -> None:
        """Every refused sample fails, after defaults are filled in."""
        for path in sorted((HERE / "refused").glob("*.yaml")):
            with self.subTest(path.name):
                self.assertNotEqual(list(problems(documents(path)[0])), [])

    def test_defaults_come_first(self) -> None:
        """A pod without limits gets them from the LimitRange before a policy sees it."""
        bare = pod("registry.example.com/a" + DIGEST, resources={})
        self.assertEqual(list(problems(bare)), [])


class Updates(unittest.TestCase):
    """What ran before its namespace was labelled goes on."""

    tagged = "docker.io/library/a:1"
    own = "registry.example.com/a" + DIGEST

    def test_scales_an_old_replica_set_down(self) -> None:
        """An unchanged pod template is not judged."""
        old = replicated("ReplicaSet", self.tagged, 3)
        self.assertEqual(list(problems(replicated("ReplicaSet", self.tagged, 0), old)), [])
        self.assertNotEqual(list(problems(old)), [])

    def test_judges_a_changed_image(self) -> None:
        """A new image is judged, in a workload that was there before."""
        old = replicated("Deployment", self.tagged)
        self.assertEqual(list(problems(replicated("Deployment", self.own), old)), [])
        changed = replicated("Deployment", "docker.io/library/a:2")
        self.assertEqual(list(problems(changed, old)), ["workload-images-and-limits/0", "workload-images-and-limits/1"])

    def test_judges_limits_that_are_taken_away(self) -> None:
        """The same image with fewer limits is a change."""
        old = replicated("Deployment", self.own)
        new = copy.deepcopy(old)
        new["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
        self.assertEqual(list(problems(new, old)), ["workload-images-and-limits/2"])

    def test_lets_a_deleted_pod_lose_its_finalizer(self) -> None:
        """An object that is being deleted is left alone."""
        old = pod(self.tagged)
        new = copy.deepcopy(old)
        new["metadata"]["deletionTimestamp"] = "2026-11-30T12:00:00Z"
        self.assertEqual(list(problems(new, old)), [])

    def test_lets_a_jobs_pod_lose_its_finalizer(self) -> None:
        """A pod whose metadata alone changes is left alone."""
        old = pod(self.tagged)
        old["metadata"]["finalizers"] = ["batch.kubernetes.io/job-tracking"]
        self.assertEqual(list(problems(pod(self.tagged), old)), [])

    def test_judges_replication_controllers(self) -> None:
        """The oldest kind of workload is judged like the others."""
        self.assertNotEqual(list(problems(replicated("ReplicationController", self.tagged))), [])

    def test_judges_a_debugging_container(self) -> None:
        """An ephemeral container from elsewhere is judged when it is added."""
        old = pod(self.own)
        new = copy.deepcopy(old)
        new["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "docker.io/library/busybox:1"}]
        self.assertNotEqual(list(problems(new, old)), [])


class Services(unittest.TestCase):
    """What an InferenceService may say."""

    @staticmethod
    def service(**more: Any) -> Object:
        """Return a service like those of the model platform, with more in its predictor."""
        model = {"modelFormat": {"name": "onnx"}, "runtime": "therapy", "storageUri": "s3://models/relief/"}
        predictor = {"serviceAccountName": "models", "minReplicas": 2, "model": model, **more}
        return {"kind": "InferenceService", "metadata": {"name": "a"}, "spec": {"predictor": predictor}}

    def test_accepts_a_model(self) -> None:
        """A runtime, a model and sizes are allowed, and so are the platform's own services."""
        self.assertEqual(list(problems(self.service())), [])
        folder = HERE.parents[1] / "mlops-platform-demo" / "model-deploy"
        own = documents(folder / "inferenceservice.yaml")
        self.assertEqual(own[0]["kind"], "InferenceService")
        self.assertEqual(list(problems(own[0])), [])

    def test_refuses_what_starts_other_pods(self) -> None:
        """Another account, image, secret or container is refused."""
        model = self.service()["spec"]["predictor"]["model"]
        secret = {"name": "A", "valueFrom": {"secretKeyRef": {"name": "mlflow-drift", "key": "password"}}}
        for case, predictor in {
            "account": {"serviceAccountName": "drift"},
            "image": {"model": {**model, "image": "docker.io/library/busybox:1"}},
            "secret": {"model": {**model, "env": [secret]}},
            "secrets": {"model": {**model, "envFrom": [{"secretRef": {"name": "mlflow-drift"}}]}},
            "volume": {"volumes": [{"name": "a", "secret": {"secretName": "mlflow-drift"}}]},
            "container": {"containers": [{"name": "a", "image": "docker.io/library/busybox:1"}]},
            "no runtime": {"model": {key: value for key, value in model.items() if key != "runtime"}},
        }.items():
            with self.subTest(case):
                self.assertNotEqual(list(problems(self.service(**predictor))), [])

    def test_refuses_a_transformer(self) -> None:
        """A second component would be pods that nobody looked at."""
        service = self.service()
        service["spec"]["transformer"] = {"containers": [{"name": "a", "image": "a"}]}
        self.assertNotEqual(list(problems(service)), [])

    def test_leaves_an_older_service_alone(self) -> None:
        """A service from before the policy can be labelled, and loses its finalizer."""
        old = self.service(serviceAccountName="drift")
        new = copy.deepcopy(old)
        new["metadata"]["labels"] = {"a": "b"}
        self.assertEqual(list(problems(new, old)), [])


if __name__ == "__main__":
    unittest.main()
