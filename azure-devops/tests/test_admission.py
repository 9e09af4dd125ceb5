"""What the ConstraintTemplate's Rego decides about the answers of Gatekeeper's external data.

Needs an engine: `opa-eval` of requirements.txt. Answers have the shape that Rego gets
(open-policy-agent/frameworks: constraint/pkg/externaldata/response.go) and the values that Ratify sends
(notaryproject/ratify@v1.4.4:httpserver/types.go).
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any

POLICY = Path(__file__).resolve().parents[1] / "platform/admission/signatures.yaml"
IMAGE = "claimsexample.azurecr.io/claims/claims-model@sha256:" + "1" * 64
OTHER = "docker.io/library/busybox:latest"
# Gatekeeper's function, which the engine does not have. It answers only what this provider is asked for.
EXTERNAL = """
external_data(request) := given {
  request.provider == "ratify-provider"
  given := object.union(input.answer, {"responses": [r | r := input.answer.responses[_]; request.keys[_] == r[0]]})
}
"""


def rego() -> str:
    """Return the policy of the ConstraintTemplate."""
    return textwrap.dedent(POLICY.read_text(encoding="utf-8").partition("rego: |\n")[2])


def answer(**given: Any) -> dict[str, Any]:
    """Return an answer without faults, changed by `given`."""
    return {"responses": [], "errors": [], "status_code": 200, "system_error": ""} | given


def verified(image: str, *, holds: bool) -> list[Any]:
    """Return Ratify's verdict on an image."""
    return [image, {"version": "0.2.0", "isSuccess": holds, "timestamp": "2026-01-01T00:00:00Z"}]


@unittest.skipUnless(importlib.util.find_spec("opa_eval"), "opa-eval is not installed")
class Signatures(unittest.TestCase):
    """Which pods are admitted."""

    def refusals(self, given: dict[str, Any], policy: str = "", **spec: list[str]) -> list[str]:
        """Return why a pod is refused; `spec` names the images of each kind of container."""
        import opa_eval  # noqa: PLC0415 - missing where the class is skipped

        images = spec or {"containers": [IMAGE]}
        pod = {"spec": {kind: [{"image": image} for image in named] for kind, named in images.items()}}
        with tempfile.NamedTemporaryFile("w", suffix=".rego", encoding="utf-8") as file:
            file.write((policy or rego()) + EXTERNAL)
            file.flush()
            engine = opa_eval.OpaEval(file.name, query="data.ratifyverification.violation")
            found = engine.evaluate_parsed(json.dumps({"review": {"object": pod}, "answer": given}))
        return sorted(each["msg"] for each in found)

    def test_a_signed_image_is_admitted(self) -> None:
        self.assertEqual(self.refusals(answer(responses=[verified(IMAGE, holds=True)])), [])

    def test_an_unsigned_image_is_refused(self) -> None:
        (why,) = self.refusals(answer(responses=[verified(IMAGE, holds=False)]))
        self.assertIn("no signature by azure-devops/trust/images.pem", why)

    def test_an_image_that_ratify_cannot_judge_is_refused(self) -> None:
        whys = self.refusals(answer(errors=[[IMAGE, "the registry does not answer"]]))
        self.assertTrue(any("the registry does not answer" in why for why in whys), whys)

    def test_a_provider_that_does_not_answer_in_time_is_refused(self) -> None:
        given = {"responses": None, "errors": None, "status_code": 500, "system_error": "deadline exceeded"}
        whys = self.refusals(given)
        self.assertTrue(any("deadline exceeded" in why for why in whys), whys)

    def test_an_answer_without_the_image_is_refused(self) -> None:
        for responses in ([], [verified(OTHER, holds=True)]):
            with self.subTest(responses):
                self.assertEqual(len(self.refusals(answer(responses=responses))), 1)

    def test_every_container_is_judged(self) -> None:
        for kind in ("containers", "initContainers", "ephemeralContainers"):
            with self.subTest(kind):
                spec = {"containers": [IMAGE]} | {kind: [IMAGE, OTHER]}
                responses = [verified(IMAGE, holds=True), verified(OTHER, holds=False)]
                (why,) = self.refusals(answer(responses=responses), **spec)
                self.assertIn(OTHER, why)

    def test_each_break_admits_a_pod_that_must_be_refused(self) -> None:
        """Without the line, the pod gets in: the tests above notice it."""
        unsigned = answer(responses=[verified(OTHER, holds=False)])
        breaks: list[tuple[str, str, dict[str, Any], dict[str, list[str]]]] = [
            ("response[1].isSuccess == true", "true", unsigned, {"containers": [OTHER]}),
            ("not verified[image]", "answer.responses[_][1].isSuccess == false", answer(), {"containers": [OTHER]}),
            ("spec.initContainers", "spec.none", unsigned, {"containers": [], "initContainers": [OTHER]}),
            ("spec.ephemeralContainers", "spec.none", unsigned, {"containers": [], "ephemeralContainers": [OTHER]}),
        ]
        for old, new, given, spec in breaks:
            with self.subTest(old):
                self.assertIn(old, rego())
                self.assertNotEqual(self.refusals(given, **spec), [])
                self.assertEqual(self.refusals(given, rego().replace(old, new), **spec), [])


if __name__ == "__main__":
    unittest.main()
