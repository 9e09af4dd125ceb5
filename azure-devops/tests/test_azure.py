"""What Azure would refuse or get wrong, each with the break that must be noticed.

Run with the others: `python3 -m unittest discover azure-devops/tests`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parents[2]
STEPS = ROOT / "azure-devops/steps"


def blocks(text: str, header: str) -> dict[str, str]:
    """Return the bodies of Terraform's blocks whose first line begins so, by the rest of that line."""
    found = re.finditer(rf"^( *){re.escape(header)}([^\n]*) \{{\n(.*?)^\1\}}", text, re.MULTILINE | re.DOTALL)
    return {match[2].strip(): match[3] for match in found}


def grants_precede_the_cluster(text: str) -> list[str]:
    """Item 4: AKS refuses a kubelet identity that is not granted yet."""
    before = blocks(text, 'resource "azurerm_role_assignment" "before"').get("", "")
    cluster = blocks(text, 'resource "azurerm_kubernetes_cluster" "this"').get("", "")
    wrong = [f"{name} is not granted before" for name in ("network", "nodes", "pull") if f"    {name}" not in before]
    if "azurerm_kubernetes_cluster" in before:
        wrong.append("a grant before the cluster waits for the cluster")
    if not re.search(r"depends_on = \[.*azurerm_role_assignment\.before", cluster):
        wrong.append("the cluster does not wait for its grants")
    return wrong


def pods_reach_pods(text: str) -> list[str]:
    """Item 5: overlay traffic is not encapsulated, and the group sees the pods' addresses."""
    for body in re.findall(r"security_rule \{\n(.*?)\n  \}", text, re.DOTALL):
        ends = re.findall(r"(?:source|destination)_address_prefixes += \[(.*)\]", body)
        is_open = re.search(r'protocol += "\*"', body) and re.search(r'destination_port_range +="? ?"\*"', body)
        both = len(ends) == 2 and all('subnet.this["nodes"]' in end and "var.pod_cidr" in end for end in ends)
        if is_open and both and re.search(r'access += "Allow"', body):
            return []
    return ["no rule lets nodes and pods reach each other"]


def zones_may_be_none(text: str) -> list[str]:
    """Item 9: UK West has no zones."""
    given = re.findall(r"^ +zones += (.*)$", text, re.MULTILINE)
    return [f"zones = {one}" for one in given if one != "length(var.zones) > 0 ? var.zones : null"] or (
        [] if given else ["no pool has zones"]
    )


def a_region_without_zones_is_valid(text: str) -> list[str]:
    """Item 9: the module takes an empty set, and still refuses a single zone."""
    body = blocks(text, 'variable "zones"').get("", "")
    return [] if re.search(r"condition += length\(var\.zones\) != 1$", body, re.MULTILINE) else ["UK West is refused"]


def the_name_moves_to_the_second_region(text: str) -> list[str]:
    """Item 9: callers find the region that serves, whose name does not lie in the region that failed."""
    wanted = {
        r"records = \[local\.regions\[var\.serving\]\.gateway\]": "the name does not follow the region that serves",
        r"location = var\.regions\[length\(var\.regions\) - 1\]\.location": "the name lies in the first region",
    }
    return [reason for line, reason in wanted.items() if not re.search(line, text)]


def signatures_are_kept(text: str) -> list[str]:
    """Item 12: a retention policy deletes untagged manifests, and each signature is one."""
    registry = blocks(text, 'resource "azurerm_container_registry" "this"').get("", "")
    return ["signatures are deleted"] if not registry or "retention_policy" in registry else []


def environments_share_the_registry(text: str) -> list[str]:
    """Item 11: what staging tested is, digest for digest, what production runs."""
    own = "azurerm_container_registry" in text
    return ["an environment has its own registry"] if own or "= var.registry_id\n" not in text else []


def a_kubeconfig_is_the_steps_own(text: str) -> list[str]:
    """Item 11: no step finds the cluster of another environment on the agent."""
    login = text.find("az aks get-credentials")
    own = re.search(r"^KUBECONFIG=\$\(mktemp\)\nexport KUBECONFIG\n", text, re.MULTILINE)
    return [] if own and own.start() < login else ["the agent's kubeconfig is used"]


def a_canary_is_judged_alone(text: str) -> list[str]:
    """Item 13: the judge asks the canary's own path, before anything is deployed."""
    steps = [text.find(step) for step in ("steps/canary.sh", "--path /canary", "steps/deploy.sh")]
    return [] if -1 < steps[0] < steps[1] < steps[2] else ["the canary is not judged alone, or too late"]


def a_failed_job_can_run_again(text: str) -> list[str]:
    """An artifact is for ever: what is published although a step failed has a name of its own for each attempt."""
    steps = re.findall(r"- publish: .*\n((?: {8}.*\n)+)", text)
    kept = [step for step in steps if "condition: succeededOrFailed()" in step]
    return [] if kept and all("-$(System.JobAttempt)" in step for step in kept) else ["the artifact exists already"]


def a_deployment_fetches_nothing(text: str) -> list[str]:
    """Azure gives the hook `deploy`, and it alone, every artifact of the run."""
    hook = text.partition("        deploy:\n          steps:\n")[2]
    return [] if "- download: none\n" in hook.partition("postRouteTraffic:")[0] else ["the image's archive is fetched"]


def agents_are_set_up_before_azure_is_asked(text: str) -> list[str]:
    """Item 3: a job on an agent of ours begins while the Azure CLI is still being installed."""
    jobs = re.split(r"^ +- (?:job|deployment): ", text, flags=re.MULTILINE)[1:]
    asks = [job for job in jobs if "azure-step.yml" in job]
    early = [job for job in asks if not -1 < job.find("tools-step.yml") < job.find("azure-step.yml")]
    return [f"{job.splitlines()[0]} asks Azure at once" for job in early] + ([] if asks else ["no job asks Azure"])


def agents_may_use_docker(text: str) -> list[str]:
    """Item 3: the agent's process has only the groups that its user had when it started."""
    users = re.search(r"^users:\n((?:  .*\n)+)", text, re.MULTILINE)
    made = "\ngroups: [docker]\n" in text and users and "  - name: AzDevOps\n    groups: [docker]\n" in users[1]
    return [] if made else ["the agent starts without the group docker"]


def zone_of_names_is_the_regions(text: str) -> list[str]:
    """Item 10: two private endpoints of one registry in one DNS zone overwrite each other's record."""
    endpoint = blocks(text, 'resource "azurerm_private_endpoint" "registry"').get("", "")
    if "azurerm_private_dns_zone.registry.id" not in endpoint:
        return ["the endpoint writes into a zone that is not its region's"]
    if not blocks(text, 'resource "azurerm_private_dns_zone" "registry"'):
        return ["the region has no zone"]
    return []


def environments_share_nothing(text: str) -> list[str]:
    """Item 11: pool, connection and variables of an environment are its own, and the kubeconfig is the step's."""
    pools = re.findall(r"^    pool: (.*)$", text, re.MULTILINE)
    return [f"pool: {pool}" for pool in pools if pool != "claims-${{ parameters.environment }}"]


def unsigned_images_are_refused(text: str) -> list[str]:
    """Item 16: the constraint denies, the webhook covers every way to a pod of claims, and no answer is a refusal."""
    wanted = {
        r"^  enforcementAction: deny$": "the constraint does not refuse",
        r"^        kinds: \[Pod\]$": "the constraint judges no pods",
        r"^    namespaces: \[claims\]$": "the constraint does not hold in claims",
        r"^        kubernetes.io/metadata.name: claims$": "the webhook is not asked for claims",
        r"^        operations: \[CREATE, UPDATE\]$": "an image can be changed afterwards",
        r"^        resources: \[pods, pods/ephemeralcontainers\]$": "a container can be added afterwards",
        r"^    failurePolicy: Fail$": "Gatekeeper that does not answer lets images in",
    }
    return [reason for line, reason in wanted.items() if not re.search(line, text, re.MULTILINE)]


def signatures_are_those_of_the_pipeline(text: str) -> list[str]:
    """Item 16: the repositories are those of the overlay, and the certificate is that of bootstrap.sh."""
    overlay = (ROOT / "k8s/apps/claims/overlays/aks/kustomization.yaml").read_text(encoding="utf-8")
    bootstrap = (ROOT / "azure-devops/platform/bootstrap.sh").read_text(encoding="utf-8")
    made = re.search(r'kind: "KeyManagementProvider", metadata: \{name: "([a-z]+)"\}', bootstrap)
    wrong = []
    scopes = re.search(r"registryScopes:\n((?: +- .*\n)+)", text)
    if scopes is None or set(re.findall(r"- (.*)", scopes[1])) != set(re.findall(r"newName: (.*)", overlay)):
        wrong.append("the repositories are not those of the overlay aks")
    if made is None or f"        images: [{made[1]}]\n" not in text:
        wrong.append("the verifier names another certificate")
    if "            level: strict\n" not in text or 'trustStores: ["ca:images"]' not in text:
        wrong.append("a signature that does not hold passes")
    return wrong


def ratify_is_the_identity_that_may_pull(text: str) -> list[str]:
    """Item 16: Entra trusts the token of Ratify's account alone."""
    account = re.search(r"^kind: ServiceAccount\nmetadata:\n  name: (.*)\n  namespace: (.*)$", text, re.MULTILINE)
    cluster = (ROOT / "terraform/modules/azure-region/cluster.tf").read_text(encoding="utf-8")
    if account is None or f'"system:serviceaccount:{account[2]}:{account[1]}"' not in cluster:
        return ["the federated credential is for another account"]
    return []


class Texts(unittest.TestCase):
    """Each rule on what is there, and on the break that it must notice."""

    cases: ClassVar[list[tuple[str, Callable[[str], list[str]], str, str]]] = [
        (
            "terraform/modules/azure-region/cluster.tf",
            grants_precede_the_cluster,
            "depends_on = [azurerm_role_assignment.before, ",
            "depends_on = [",
        ),
        (
            "terraform/modules/azure-region/cluster.tf",
            grants_precede_the_cluster,
            "scope = var.registry_id, role",
            "scope = azurerm_kubernetes_cluster.this.id, role",
        ),
        (
            "terraform/modules/azure-region/main.tf",
            pods_reach_pods,
            'destination_address_prefixes = [azurerm_subnet.this["nodes"].address_prefixes[0], var.pod_cidr]',
            'destination_address_prefixes = [azurerm_subnet.this["nodes"].address_prefixes[0]]',
        ),
        (
            "terraform/modules/azure-region/cluster.tf",
            zones_may_be_none,
            "length(var.zones) > 0 ? var.zones : null",
            "var.zones",
        ),
        (
            "terraform/modules/azure-region/variables.tf",
            a_region_without_zones_is_valid,
            "length(var.zones) != 1",
            "length(var.zones) >= 2",
        ),
        (
            "terraform/stacks/azure/main.tf",
            the_name_moves_to_the_second_region,
            "local.regions[var.serving].gateway]",
            "var.regions[0].gateway]",
        ),
        (
            "terraform/stacks/azure/main.tf",
            the_name_moves_to_the_second_region,
            "var.regions[length(var.regions) - 1].location",
            "var.regions[0].location",
        ),
        (
            "terraform/stacks/azure-shared/main.tf",
            signatures_are_kept,
            "  admin_enabled ",
            "  retention_policy_in_days = 30\n  admin_enabled ",
        ),
        (
            "terraform/stacks/azure/main.tf",
            environments_share_the_registry,
            "= var.registry_id\n",
            "= azurerm_container_registry.this.id\n",
        ),
        (
            "azure-devops/steps/azure-cluster.sh",
            a_kubeconfig_is_the_steps_own,
            "KUBECONFIG=$(mktemp)",
            "KUBECONFIG=~/.kube/config",
        ),
        (
            "azure-devops/templates/deploy-job.yml",
            a_canary_is_judged_alone,
            "--path /canary",
            "--path '$(path)'",
        ),
        (
            "azure-devops/templates/image-job.yml",
            a_failed_job_can_run_again,
            "artifact: evidence-$(System.JobAttempt)",
            "artifact: evidence",
        ),
        (
            "azure-devops/templates/deploy-job.yml",
            a_deployment_fetches_nothing,
            "            - download: none\n",
            "",
        ),
        (
            "azure-devops/templates/image-job.yml",
            agents_are_set_up_before_azure_is_asked,
            "          - template: tools-step.yml\n            parameters:\n              programs: none\n",
            "",
        ),
        (
            "terraform/modules/azure-devops-target/agent.yaml",
            agents_may_use_docker,
            "  - name: AzDevOps\n    groups: [docker]\n",
            "  - name: AzDevOps\n",
        ),
        (
            "terraform/modules/azure-region/main.tf",
            zone_of_names_is_the_regions,
            "[azurerm_private_dns_zone.registry.id]",
            "[var.registry_dns_zone_id]",
        ),
        (
            "azure-devops/templates/deploy-job.yml",
            environments_share_nothing,
            "pool: claims-${{ parameters.environment }}",
            "pool: claims-agents",
        ),
        (
            "azure-devops/platform/admission/enforcement.yaml",
            unsigned_images_are_refused,
            "enforcementAction: deny",
            "enforcementAction: warn",
        ),
        (
            "azure-devops/platform/admission/enforcement.yaml",
            unsigned_images_are_refused,
            "namespaces: [claims]",
            "namespaces: [default]",
        ),
        (
            "azure-devops/platform/admission/enforcement.yaml",
            unsigned_images_are_refused,
            "metadata.name: claims",
            "metadata.name: report",
        ),
        (
            "azure-devops/platform/admission/enforcement.yaml",
            unsigned_images_are_refused,
            "failurePolicy: Fail",
            "failurePolicy: Ignore",
        ),
        (
            "azure-devops/platform/admission/enforcement.yaml",
            unsigned_images_are_refused,
            "[pods, pods/ephemeralcontainers]",
            "[pods]",
        ),
        (
            "azure-devops/platform/admission/signatures.yaml",
            signatures_are_those_of_the_pipeline,
            "images: [images]",
            "images: [image]",
        ),
        (
            "azure-devops/platform/admission/signatures.yaml",
            signatures_are_those_of_the_pipeline,
            "claimsexample.azurecr.io/claims/v1/claims-model",
            "claimsexample.azurecr.io/claims/v3/claims-model",
        ),
        (
            "azure-devops/platform/admission/signatures.yaml",
            signatures_are_those_of_the_pipeline,
            "level: strict",
            "level: audit",
        ),
        (
            "azure-devops/platform/admission/ratify.yaml",
            ratify_is_the_identity_that_may_pull,
            "name: ratify-admin",
            "name: ratify",
        ),
    ]

    def test_nothing_is_wrong_and_each_break_is_noticed(self) -> None:
        for path, rule, old, new in self.cases:
            with self.subTest(rule.__name__, new=new):
                text = (ROOT / path).read_text(encoding="utf-8")
                self.assertEqual(rule(text), [])
                self.assertIn(old, text)
                self.assertNotEqual(rule(text.replace(old, new)), [])


@unittest.skipUnless(shutil.which("kubectl") and shutil.which("jq"), "kubectl or jq is not on the PATH")
class Objects(unittest.TestCase):
    """What the steps make of the overlays, with the pipeline's own functions."""

    image = "example.azurecr.io/claims/claims-model@sha256:" + "1" * 64

    def setUp(self) -> None:
        """Have a folder of its own for what is broken on purpose."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def call(self, script: str, given: str = "", steps: Path = STEPS, **environment: str) -> Any:
        """Return what a line with the functions of lib.sh prints, as JSON."""
        done = subprocess.run(  # noqa: S603 - our own script
            ["bash", "-euo", "pipefail", "-c", f'source "{steps}/lib.sh"; repository={ROOT}; {script}'],  # noqa: S607 - from the PATH
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def broken(self, old: str, new: str) -> Path:
        """Return a copy of the steps with a change in lib.sh."""
        copy = self.folder / "steps"
        shutil.copytree(STEPS, copy)
        library = copy / "lib.sh"
        text = library.read_text(encoding="utf-8")
        self.assertIn(old, text)
        library.write_text(text.replace(old, new), encoding="utf-8")
        return copy

    def rights(self) -> set[tuple[str, str]]:
        """Return group and resource of what the Role in claims may create and patch."""
        text = (ROOT / "azure-devops/platform/deployer.yaml").read_text(encoding="utf-8").split("---")[0]
        rules = re.findall(r"apiGroups: \[(.*)\]\n    resources: \[(.*)\]\n    verbs: \[(.*)\]", text)
        self.assertTrue(rules)
        return {
            (group.strip('"'), resource.strip())
            for group, resources, verbs in rules
            if {"create", "patch"} <= set(verbs.split(", "))
            for resource in resources.split(",")
        }

    def refused(self, steps: Path = STEPS) -> list[str]:
        """Item 6: return the objects of a deployment that the Role does not let the pipeline write."""
        objects = self.call(f'render aks "{self.images()}" | workloads', steps=steps)
        rights = self.rights()
        self.assertTrue(objects)
        wanted = {(each["apiVersion"].rpartition("/")[0], each["kind"].lower() + "s", each["kind"]) for each in objects}
        return [kind for group, resource, kind in sorted(wanted) if (group, resource) not in rights]

    def deployment(self) -> str:
        """Return the Deployment that gets a canary."""
        text = (ROOT / "azure-devops/templates/release.yml").read_text(encoding="utf-8")
        return re.findall(r"- name: canary\n +value: (.*)", text)[0]

    def images(self) -> str:
        """Return the list of images that the pipeline deploys, each with the same digest."""
        text = (ROOT / "azure-devops/templates/release.yml").read_text(encoding="utf-8")
        return re.sub(r"\$\(\w+\)", self.image, re.findall(r"- name: images\n +value: (.*)", text)[0])

    def test_the_role_suffices_for_what_is_deployed(self) -> None:
        self.assertEqual(self.refused(), [])

    def test_what_the_platform_owns_is_refused(self) -> None:
        steps = self.broken('(.kind | IN("ConfigMap", ', '(.kind | IN("Namespace", "ResourceQuota", "ConfigMap", ')
        self.assertEqual(self.refused(steps), ["Namespace", "ResourceQuota"])

    def canary(self, steps: Path = STEPS) -> list[dict[str, Any]]:
        """Return the objects of a canary."""
        name = self.deployment()
        found = self.call(f'render aks "{self.images()}" | canary {name} {self.image}', steps=steps)
        return list(found)

    def touched(self, steps: Path = STEPS) -> list[str]:
        """Item 13: return what of that which serves a canary would change, and what it lacks to be judged alone."""
        name = self.deployment()
        objects = self.canary(steps)
        wrong = [f"{each['kind']} {name}" for each in objects if each["metadata"]["name"] == name]
        services = [each for each in objects if each["kind"] == "Service"]
        if [each["spec"]["selector"].get("track") for each in services] != ["canary"]:
            wrong.append("no Service leads to the canary alone")
        rules = [rule for each in objects if each["kind"] == "HTTPRoute" for rule in each["spec"]["rules"]]
        if not any(ref["name"] == f"{name}-canary" for rule in rules for ref in rule["backendRefs"]):
            wrong.append("no route leads to the canary alone")
        return wrong

    def test_a_canary_touches_nothing_that_serves_and_is_asked_alone(self) -> None:
        self.assertEqual(self.touched(), [])
        (deployment,) = [each for each in self.canary() if each["kind"] == "Deployment"]
        self.assertEqual(deployment["spec"]["template"]["spec"]["containers"][0]["image"], self.image)
        self.assertEqual(deployment["spec"]["replicas"], 1)

    def test_a_canary_that_brings_new_settings_to_stable_pods_is_noticed(self) -> None:
        steps = self.broken("$maps + $pods + $services + $routes", ". + $pods + $services + $routes")
        self.assertIn(f"Deployment {self.deployment()}", self.touched(steps))

    def test_a_canary_behind_the_stable_service_alone_is_noticed(self) -> None:
        steps = self.broken("$maps + $pods + $services + $routes", "$maps + $pods")
        self.assertEqual(
            self.touched(steps), ["no Service leads to the canary alone", "no route leads to the canary alone"]
        )

    def test_a_deployment_that_the_overlay_does_not_have_is_refused(self) -> None:
        done = subprocess.run(  # noqa: S603 - our own script
            ["bash", "-c", f'source "{STEPS}/lib.sh"; render aks "other={self.image}"'],  # noqa: S607 - from the PATH
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("--images names others", done.stderr)


@unittest.skipUnless(shutil.which("jq") and shutil.which("openssl") and shutil.which("kubectl"), "a program is missing")
class Rollback(unittest.TestCase):
    """Items 13 and 16: a rollback restores settings as well as images, and brings back nothing that is not signed."""

    image = "127.0.0.1:1/claims/claims-model@sha256:" + "2" * 64

    def setUp(self) -> None:
        """Have a key, a last release and a harness that keeps what it is given."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.key = self.folder / "key.pem"
        subprocess.run(  # noqa: S603 - the arguments are ours
            ["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", self.key],  # noqa: S607 - from the PATH
            check=True,
        )
        container = {"image": self.image, "env": [{"name": "A", "value": "before"}]}
        self.objects = [
            {
                "kind": "Deployment",
                "metadata": {"name": "claims-v2", "namespace": "claims"},
                "spec": {"template": {"spec": {"containers": [container]}}},
            }
        ]
        previous = self.folder / "previous"
        previous.mkdir()
        (previous / "objects.json").write_text(json.dumps(self.objects), encoding="utf-8")
        harness = self.folder / "harness"
        applied = self.folder / "applied.json"
        harness.write_text(f'#!/bin/sh\n[ "$2" = --show ] || cat >"{applied}"\n', encoding="utf-8")
        harness.chmod(0o755)
        self.applied = applied

    def run_step(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a step in the place of an engine."""
        environment = {**os.environ, "HARNESS": str(self.folder / "harness"), "HARNESS_HOME": str(self.folder)}
        return subprocess.run(  # noqa: S603 - our own script
            [STEPS / arguments[0], *arguments[1:]], capture_output=True, text=True, check=False, env=environment
        )

    def rollback(self) -> subprocess.CompletedProcess[str]:
        """Go back to the last release."""
        previous = str(self.folder / "previous")
        place = ["--canary", "claims-v2", "--place", "engine:7000"]
        return self.run_step("rollback.sh", "--previous", previous, "--trust", str(self.key), *place)

    def test_a_signed_release_comes_back_with_its_settings(self) -> None:
        self.assertEqual(self.run_step("sign.sh", "--reference", self.image, "--key", str(self.key)).returncode, 0)
        done = self.rollback()
        self.assertEqual(done.returncode, 0, done.stderr)
        applied = json.loads(self.applied.read_text(encoding="utf-8"))["items"]
        self.assertIn(self.objects[0], applied)

    def test_a_release_that_is_not_signed_does_not(self) -> None:
        done = self.rollback()
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no signature", done.stderr)
        self.assertFalse(self.applied.exists())

    def test_a_signature_of_another_image_is_none(self) -> None:
        other = self.image.replace("2" * 64, "3" * 64)
        self.assertEqual(self.run_step("sign.sh", "--reference", other, "--key", str(self.key)).returncode, 0)
        signatures = Path(f"{self.key}.signatures")
        (signatures / ("3" * 64)).rename(signatures / ("2" * 64))
        self.assertEqual(self.rollback().returncode, 1)


class Push(unittest.TestCase):
    """Item 12: a tag names code and model."""

    def test_a_models_version_alone_is_refused(self) -> None:
        arguments = ["--image", "a:1", "--to", "a.example/b", "--release", "1.0.0-7ee40b54"]
        environment = {**os.environ, "DOCKER": "false"}
        done = subprocess.run(  # noqa: S603 - our own script
            [STEPS / "push.sh", *arguments], capture_output=True, text=True, check=False, env=environment
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("not a model's version with a run's number", done.stderr)

    def test_the_pipeline_gives_both(self) -> None:
        text = (ROOT / "azure-devops/templates/image-job.yml").read_text(encoding="utf-8")
        self.assertIn("--release '$(version).$(Build.BuildId)'", text)


if __name__ == "__main__":
    unittest.main()
