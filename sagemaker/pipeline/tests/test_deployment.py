"""A canary against a service that remembers what it was told; the emulator's is tried by the story."""

from __future__ import annotations

import time
import unittest
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from tests.test_definition import SETTINGS
from workflow.deployment import Deployment, Plan, RolledBack
from workflow.settings import Problem


class Gone(Exception):
    pass


class Service:
    """Endpoint, configurations, alarms and metrics."""

    exceptions = SimpleNamespace(ClientError=Gone)

    def __init__(self, status: str = "Approved", answers: int = 100, alarm_at: float | None = None) -> None:
        self.status, self.answers, self.alarm_at = status, answers, alarm_at
        self.state = "OK"
        variants = [{"VariantName": name, "ModelName": "old"} for name in ("champion", "challenger")]
        self.configurations: dict[str, dict[str, Any]] = {"first": {"ProductionVariants": variants}}
        self.serves, self.kept = "first", "first"
        self.fails = False
        self.settled = "InService"
        self.shares: list[float] = []

    def describe_model_package(self, **_: str) -> dict[str, Any]:
        return {"ModelApprovalStatus": self.status, "ModelPackageVersion": 2}

    def describe_alarms(self, **_: Any) -> dict[str, Any]:
        return {"MetricAlarms": [{"AlarmName": SETTINGS.deployment_alarm_names[0], "StateValue": self.state}]}

    def describe_model(self, **_: str) -> None:
        raise Gone

    def create_model(self, **request: Any) -> None:
        self.model = request

    def describe_endpoint(self, **_: str) -> dict[str, Any]:
        return {"EndpointConfigName": self.serves, "EndpointStatus": self.settled, "FailureReason": "no /ping"}

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803 boto3's name
        return self.configurations[EndpointConfigName]

    def delete_endpoint_config(self, **_: str) -> None:
        raise Gone

    def create_endpoint_config(self, EndpointConfigName: str, **request: Any) -> None:  # noqa: N803 boto3's name
        self.configurations[EndpointConfigName] = request

    def update_endpoint(self, EndpointConfigName: str, **_: Any) -> None:  # noqa: N803 boto3's name
        if not self.fails:
            self.serves = EndpointConfigName

    def update_endpoint_weights_and_capacities(self, **request: Any) -> None:
        self.shares.append(request["DesiredWeightsAndCapacities"][1]["DesiredWeight"])
        if self.shares[-1] == self.alarm_at:
            self.state = "ALARM"

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        return {"Datapoints": [{"Timestamp": datetime.now(UTC), "Sum": self.answers}]}

    def models(self) -> list[str]:
        return [variant["ModelName"] for variant in self.configurations[self.serves]["ProductionVariants"]]


class Canary(unittest.TestCase):
    def deploy(self, service: Service, bake_seconds: float = 0.02) -> None:
        plan = Plan(bake_seconds=bake_seconds, poll_seconds=0.01, timeout_seconds=0.1)
        deployment = Deployment(service, service, None, SETTINGS, plan, say=lambda _: None)
        deployment.crown = lambda _: None  # type: ignore[method-assign]
        deployment.run("arn")

    def test_a_good_model_becomes_the_champion_in_two_steps(self) -> None:
        service = Service()
        self.deploy(service)
        self.assertEqual(service.shares, [0.1, 0.5])
        self.assertEqual(service.models(), [f"{SETTINGS.name}-v2", "old"])
        self.assertTrue(service.model["EnableNetworkIsolation"])

    def test_each_step_is_looked_at_for_as_long_as_was_asked(self) -> None:
        began = time.monotonic()
        self.deploy(Service(), bake_seconds=0.1)
        self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_nothing_changes_without_approval(self) -> None:
        for status in ("PendingManualApproval", "Rejected"):
            service = Service(status)
            with self.assertRaisesRegex(Problem, status):
                self.deploy(service)
            self.assertEqual((service.serves, service.shares), ("first", []))

    def test_an_alarm_takes_all_traffic_from_the_challenger(self) -> None:
        for share in (0.1, 0.5):
            service = Service(alarm_at=share)
            with self.assertRaisesRegex(RolledBack, "is in alarm"):
                self.deploy(service)
            self.assertEqual(service.shares[-1], 0)
            self.assertEqual(service.models()[0], "old")

    def test_a_challenger_that_nobody_asked_is_not_promoted(self) -> None:
        service = Service(answers=3)
        with self.assertRaisesRegex(RolledBack, "answered 3 requests"):
            self.deploy(service)
        self.assertEqual(service.shares, [0.1, 0])

    def test_machines_that_do_not_pass_ping_leave_the_old_ones(self) -> None:
        service = Service()
        service.fails = True
        with self.assertRaisesRegex(RolledBack, "no /ping"):
            self.deploy(service)
        self.assertEqual((service.serves, service.shares), ("first", []))

    def test_an_endpoint_that_fails_is_not_waited_for(self) -> None:
        for status in ("Failed", "UpdateRollbackFailed"):
            service = Service()
            service.settled = status
            with self.assertRaisesRegex(RolledBack, "no /ping"):
                self.deploy(service)

    def test_an_endpoint_that_does_not_settle_is_given_up(self) -> None:
        service = Service()
        service.settled = "Updating"
        with self.assertRaisesRegex(RolledBack, "did not settle"):
            self.deploy(service)

    def test_an_alarm_that_is_on_already_stops_it_before_it_begins(self) -> None:
        service = Service()
        service.state = "ALARM"
        with self.assertRaisesRegex(Problem, "in alarm already"):
            self.deploy(service)
        self.assertEqual(service.serves, "first")


if __name__ == "__main__":
    unittest.main()
