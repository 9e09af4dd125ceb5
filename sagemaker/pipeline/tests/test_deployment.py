"""Canaries, shadows and rollbacks against a service that keeps what it is told, held to the API's model."""

from __future__ import annotations

import unittest
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.service import Checked, missing
from tests.test_definition import SETTINGS
from workflow.deployment import Bad, Deployment, Plan, RolledBack
from workflow.settings import Problem

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def package(version: int) -> str:
    return f"arn:aws:sagemaker:eu-west-1:111122223333:model-package/claims/{version}"


class Service:
    """An endpoint with version 1 on both variants, its alarms and metrics."""

    def __init__(
        self, answers: int = 300, alarm_at: float | None = None, shadow: bool = False, earlier: int = 0
    ) -> None:
        self.answers, self.alarm_at = answers, alarm_at
        # What the variant answered in the same minute before its weight changed.
        self.earlier, self.is_new = earlier, False
        self.rings_with_answers = False
        self.state = "OK"
        variants = [
            {"VariantName": name, "ModelName": f"{SETTINGS.name}-v1", "InitialVariantWeight": weight}
            for name, weight in (("blue", 1), ("green", 0))
        ]
        first = {"ProductionVariants": variants}
        if shadow:
            first = {"ProductionVariants": variants[:1], "ShadowProductionVariants": variants[1:]}
        self.configurations: dict[str, dict[str, Any]] = {"first": first}
        self.serves, self.fails, self.settled = "first", False, "InService"
        # What autoscaling and earlier deployments left.
        self.counts, self.weights = {"blue": 3, "green": 2}, {"blue": 1.0, "green": 0.0}
        self.updating = 0
        self.updates, self.shares = 0, []

    def busy(self) -> None:
        if self.updating:
            raise AssertionError("SageMaker refuses a change while the endpoint is Updating")
        self.updating = 2

    def describe_alarms(self, AlarmNames: list[str]) -> dict[str, Any]:  # noqa: N803 boto3's name
        found = [{"AlarmName": name, "StateValue": self.state} for name in AlarmNames]
        if self.shares and self.shares[-1] == 0:
            self.state = "OK"
        return {"MetricAlarms": found}

    def describe_model(self, **_: str) -> dict[str, Any]:
        raise missing("DescribeModel")

    def create_model(self, **request: Any) -> dict[str, Any]:
        self.model = request
        return {"ModelArn": "arn:aws:sagemaker:eu-west-1:111122223333:model/claims-v2"}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803 boto3's name
        self.updating = max(self.updating - 1, 0)
        return {
            "EndpointName": EndpointName,
            "EndpointArn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/claims",
            "EndpointConfigName": self.serves,
            "EndpointStatus": "Updating" if self.updating else self.settled,
            "FailureReason": "no /ping",
            "CreationTime": NOW,
            "LastModifiedTime": NOW,
        }

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803 boto3's name
        arn = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/claims"
        known = {"EndpointConfigName": EndpointConfigName, "EndpointConfigArn": arn, "CreationTime": NOW}
        return known | self.configurations[EndpointConfigName]

    def create_endpoint_config(self, EndpointConfigName: str, **request: Any) -> dict[str, Any]:  # noqa: N803 boto3's name
        self.configurations[EndpointConfigName] = request
        return {"EndpointConfigArn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/claims"}

    def delete_endpoint_config(self, **_: str) -> None:
        raise AssertionError("a configuration may be in use")

    def update_endpoint(
        self,
        EndpointConfigName: str,
        RetainAllVariantProperties: bool = False,
        **_: Any,  # noqa: N803 boto3's names
    ) -> dict[str, Any]:
        self.busy()
        self.is_new = True
        self.updates += 1
        if not RetainAllVariantProperties:
            self.counts, self.weights = {"blue": 2, "green": 2}, {"blue": 1.0, "green": 0.0}
        if not self.fails:
            self.serves = EndpointConfigName
        return {"EndpointArn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/claims"}

    def update_endpoint_weights_and_capacities(
        self,
        DesiredWeightsAndCapacities: list[dict[str, Any]],
        **_: Any,  # noqa: N803 boto3's name
    ) -> dict[str, Any]:
        self.busy()
        self.weights |= {item["VariantName"]: item["DesiredWeight"] for item in DesiredWeightsAndCapacities}
        self.shares.append(DesiredWeightsAndCapacities[1]["DesiredWeight"])
        self.is_new = True
        if self.shares[-1] == self.alarm_at:
            self.state = "ALARM"
        return {"EndpointArn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/claims"}

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        count = self.earlier + (0 if self.is_new else self.answers)
        if self.rings_with_answers and not self.is_new and self.shares:
            self.state = "ALARM"
        self.is_new = False
        return {"Datapoints": [{"Timestamp": NOW, "Sum": float(count)}]}

    def models(self) -> dict[str, str]:
        known = self.configurations[self.serves]
        variants = known["ProductionVariants"] + known.get("ShadowProductionVariants", [])
        return {item["VariantName"]: item["ModelName"].removeprefix(f"{SETTINGS.name}-") for item in variants}


class Registry:
    """Packages and the champion's record."""

    def __init__(self) -> None:
        self.statuses = {package(1): "Approved", package(2): "Approved"}
        self.record = {"package": package(1), "version": 1, "variant": "blue", "previous": None}

    def describe(self, arn: str) -> dict[str, Any]:
        return {"ModelApprovalStatus": self.statuses[arn], "ModelPackageVersion": int(arn[-1])}

    def packages(self) -> list[dict[str, Any]]:
        return [self.describe(arn) | {"ModelPackageArn": arn} for arn in self.statuses]

    def champion(self) -> dict[str, Any]:
        return self.record

    def crown(self, arn: str, variant: str, at: datetime, previous: str) -> None:
        del at
        self.record = {"package": arn, "version": int(arn[-1]), "variant": variant, "previous": previous}

    def withdraw(self, arn: str, why: str) -> None:
        del why
        self.statuses[arn] = "Rejected"


class Case(unittest.TestCase):
    def deployment(self, service: Service, registry: Registry, rate: float | None = 1e6) -> Deployment:
        chosen = {
            "shortest_seconds": 0.02,
            "longest_seconds": 0.3,
            "poll_seconds": 0.005,
            "timeout_seconds": 0.2,
        }
        checked = [Checked(self, name, service) for name in ("sagemaker", "cloudwatch")]
        return Deployment(*checked, registry, SETTINGS, Plan(rate=rate, **chosen), say=lambda _: None)  # type: ignore[arg-type]


class Canary(Case):
    def test_a_good_model_gets_a_tenth_a_half_and_all_requests(self) -> None:
        service, registry = Service(), Registry()
        self.deployment(service, registry).run(package(2))
        self.assertEqual(service.shares, [0.1, 0.5, 1])
        self.assertEqual(service.models(), {"blue": "v1", "green": "v2"})
        self.assertEqual((registry.record["variant"], registry.record["previous"]), ("green", package(1)))
        self.assertEqual(service.updates, 1)
        self.assertTrue(service.model["EnableNetworkIsolation"])

    def test_weights_and_autoscaled_counts_outlive_the_next_deployment(self) -> None:
        service, registry = Service(), Registry()
        registry.statuses[package(3)] = "Approved"
        self.deployment(service, registry).run(package(2))
        self.deployment(service, registry).run(package(3))
        self.assertEqual((service.counts["blue"], service.weights), (3, {"blue": 1, "green": 0}))
        self.assertEqual(service.models(), {"blue": "v3", "green": "v2"})

    def test_nothing_changes_without_approval(self) -> None:
        for status in ("PendingManualApproval", "Rejected"):
            service, registry = Service(), Registry()
            registry.statuses[package(2)] = status
            with self.assertRaisesRegex(Problem, status):
                self.deployment(service, registry).run(package(2))
            self.assertEqual((service.serves, service.shares), ("first", []))

    def test_an_alarm_takes_all_requests_back_and_withdraws_the_model(self) -> None:
        for share in (0.1, 0.5):
            service, registry = Service(alarm_at=share), Registry()
            with self.assertRaisesRegex(Bad, "is in alarm"):
                self.deployment(service, registry).run(package(2))
            self.assertEqual(service.weights, {"blue": 1, "green": 0})
            self.assertEqual(registry.statuses[package(2)], "Rejected")
            self.assertEqual(registry.record["package"], package(1))
            # The standby is the champion before again.
            self.assertEqual(service.models(), {"blue": "v1", "green": "v1"})

    def test_a_challenger_without_enough_answers_is_not_promoted_and_not_withdrawn(self) -> None:
        service, registry = Service(answers=3), Registry()
        with self.assertRaisesRegex(RolledBack, "answered 3 requests"):
            self.deployment(service, registry).run(package(2))
        self.assertEqual((service.shares, registry.statuses[package(2)]), ([0.1, 0], "Approved"))

    def test_answers_of_the_same_minute_before_the_canary_do_not_count(self) -> None:
        service = Service(answers=3, earlier=1000)
        with self.assertRaisesRegex(RolledBack, "answered 3 requests"):
            self.deployment(service, Registry()).run(package(2))

    def test_an_alarm_that_comes_with_the_last_answers_is_seen(self) -> None:
        service = Service()
        service.rings_with_answers = True
        deployment = self.deployment(service, Registry())
        deployment.plan = replace(deployment.plan, shortest_seconds=0)
        with self.assertRaisesRegex(Bad, "is in alarm at 10%"):
            deployment.run(package(2))

    def test_the_window_follows_the_rate(self) -> None:
        plan = Plan()
        # 300 answers at a tenth of 3 requests a second take 1,000 seconds, and half as long again for a lull.
        self.assertAlmostEqual(plan.seconds(0.1, 3), 1500)
        self.assertEqual(plan.seconds(0.5, 1000), plan.shortest_seconds)
        for rate in (0.1, 0):
            with self.assertRaisesRegex(Problem, "shadow"):
                plan.seconds(0.1, rate)

    def test_the_rate_is_measured_where_none_is_given(self) -> None:
        service, registry = Service(answers=36), Registry()
        with self.assertRaisesRegex(Problem, r"of 0\.01 requests a second"):
            self.deployment(service, registry, rate=None).run(package(2))
        self.assertEqual(service.serves, "first")

    def test_an_interrupted_canary_has_no_requests(self) -> None:
        service, registry = Service(), Registry()
        deployment = self.deployment(service, registry)
        deployment._bake = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
        with self.assertRaises(KeyboardInterrupt):
            deployment.run(package(2))
        self.assertEqual(service.shares[-1], 0)

    def test_machines_that_fail_ping_leave_the_old_ones(self) -> None:
        service = Service()
        service.fails = True
        with self.assertRaisesRegex(RolledBack, "no /ping"):
            self.deployment(service, Registry()).run(package(2))
        self.assertEqual((service.serves, service.shares), ("first", []))

    def test_an_endpoint_that_fails_or_hangs_is_given_up(self) -> None:
        for status, reason in (("Failed", "no /ping"), ("UpdateRollbackFailed", "no /ping"), ("Updating", "InService")):
            service = Service()
            service.settled = status
            with self.assertRaisesRegex(RolledBack, reason):
                self.deployment(service, Registry()).run(package(2))

    def test_an_alarm_that_is_on_stops_it_before_it_begins(self) -> None:
        service = Service()
        service.state = "ALARM"
        with self.assertRaisesRegex(Problem, "in alarm already"):
            self.deployment(service, Registry()).run(package(2))
        self.assertEqual(service.serves, "first")


class RollBack(Case):
    def test_the_standby_gets_all_requests_without_an_update(self) -> None:
        service, registry = Service(), Registry()
        self.deployment(service, registry).run(package(2))
        # The alarms that an update would wait for are on.
        service.state, before = "ALARM", service.updates
        self.deployment(service, registry).roll_back("worse")
        self.assertEqual((service.weights, service.updates), ({"blue": 1, "green": 0}, before))
        self.assertEqual((registry.record["package"], registry.record["variant"]), (package(1), "blue"))
        self.assertEqual(registry.statuses, {package(1): "Approved", package(2): "Rejected"})

    def test_without_an_approved_champion_before_nothing_moves(self) -> None:
        service, registry = Service(), Registry()
        with self.assertRaisesRegex(Problem, "nothing to go back to"):
            self.deployment(service, registry).roll_back("worse")
        self.deployment(service, registry).run(package(2))
        registry.statuses[package(1)] = "Rejected"
        with self.assertRaisesRegex(Problem, "is Rejected"):
            self.deployment(service, registry).roll_back("worse")
        self.assertEqual(service.weights["green"], 1)


class Shadow(Case):
    def test_the_shadow_answers_nobody_and_then_the_two_exchange_their_models(self) -> None:
        service, registry = Service(shadow=True), Registry()
        self.deployment(service, registry).run(package(2))
        self.assertEqual((service.shares, service.models()), ([], {"blue": "v2", "green": "v1"}))
        self.assertEqual(registry.record["variant"], "blue")
        self.assertEqual(len(service.configurations[service.serves]["ProductionVariants"]), 1)
        self.deployment(service, registry).roll_back("worse")
        self.assertEqual(service.models(), {"blue": "v1", "green": "v2"})

    def test_an_alarm_of_the_shadow_keeps_the_champion(self) -> None:
        service, registry = Service(shadow=True), Registry()
        deployment = self.deployment(service, registry)
        deployment._bake = lambda *_: (_ for _ in ()).throw(Bad("is in alarm"))  # type: ignore[method-assign]
        with self.assertRaises(Bad):
            deployment.run(package(2))
        self.assertEqual(service.models(), {"blue": "v1", "green": "v1"})


class Requests(unittest.TestCase):
    def test_a_request_that_the_api_does_not_know_fails_the_test(self) -> None:
        service = Checked(self, "sagemaker", Service())
        with self.assertRaises(AssertionError):
            service.update_endpoint(EndpointName="claims", EndpointConfigName="first", Retain=True)


if __name__ == "__main__":
    unittest.main()
