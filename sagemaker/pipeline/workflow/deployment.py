"""Brings an approved model to the endpoint, a share of the requests at a time, and back when an alarm goes off.

The endpoint has two variants, blue and green. The champion has all requests; the other one stands by with the model
before. A deployment puts its model on the standby and moves the weights. A rollback moves them back: no machine has
to start, and no guardrail of UpdateEndpoint is involved.

An endpoint whose second variant is a shadow answers with the champion alone, and the challenger gets a copy of every
request. AWS allows one production variant beside a shadow, so that a rollback there is an update of the endpoint:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html, ShadowProductionVariants.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from workflow.registry import Registry
from workflow.settings import Problem, Settings


class RolledBack(Exception):
    """The champion serves everything again; says why."""


class Bad(RolledBack):
    """An alarm says that the model is at fault."""


@dataclass(frozen=True)
class Plan:
    """How a canary goes."""

    # Requests a second; None takes the champion's of the last hour.
    rate: float | None = None
    shares: tuple[float, ...] = (0.1, 0.5)
    # The alarm's threshold is 1 % of errors: among 3 / 0.01 answers one error is missed once in twenty times.
    answers: int = 300
    # An alarm needs two periods of a minute, and CloudWatch a minute more.
    shortest_seconds: float = 180
    longest_seconds: float = 6 * 3600
    poll_seconds: float = 15
    timeout_seconds: float = 3600

    def seconds(self, share: float, rate: float) -> float:
        """Return how long to wait for the answers: half as long again as the rate suggests."""
        wanted = 1.5 * self.answers / (share * rate) if rate else float("inf")
        if wanted > self.longest_seconds:
            raise Problem(
                f"{self.answers} answers at {share:.0%} of {rate:.2f} requests a second take more than "
                f"{self.longest_seconds / 3600:g} hours: use an endpoint with a shadow variant (release = shadow)"
            )
        return max(self.shortest_seconds, wanted)


@dataclass
class Deployment:
    """One endpoint, and the services that know of it."""

    sagemaker: Any
    cloudwatch: Any
    registry: Registry
    settings: Settings
    plan: Plan = Plan()
    say: Callable[[str], None] = print
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def run(self, package: str) -> None:
        """Deploy a package, or raise `Problem` before anything changed, or `RolledBack` after it was undone."""
        described = self.registry.describe(package)
        if (status := described["ModelApprovalStatus"]) != "Approved":
            raise Problem(f"{package} is {status}; only an approved model is deployed")
        if going := self._alarms():
            raise Problem(f"{', '.join(going)} is in alarm already; a canary could not be judged")
        champion = self.registry.champion()
        if champion["package"] == package:
            raise Problem(f"{package} serves already")
        live, model = champion["variant"], f"{self.settings.name}-v{described['ModelPackageVersion']}"
        production, shadow = self._variants()
        # In shadow mode blue always answers.
        standby = next(name for name in production | shadow if name != live)
        rate = self.plan.rate if self.plan.rate is not None else self._rate(live)
        shares = (1.0,) if shadow else self.plan.shares
        waits = [self.plan.seconds(share, rate) for share in shares]
        self._make_model(model, package)
        self._serve({standby: model})
        try:
            for share, seconds in zip(shares, waits, strict=True):
                if not shadow:
                    self._shift(live, standby, share)
                self._bake(standby, share, seconds)
        except BaseException as error:
            # An interrupted canary must not go on unwatched.
            if not shadow:
                self._shift(live, standby, 0)
            if isinstance(error, Bad):
                self.registry.withdraw(package, str(error))
            if isinstance(error, RolledBack):
                self._restore(standby, (production | shadow)[standby]["ModelName"])
            raise
        self._promote(package, champion["package"], live, standby)
        self.say(f"{model} is the champion; version {champion['version']} stands by")

    def roll_back(self, why: str) -> None:
        """Have the model before serve again at once, and withdraw the one that serves."""
        champion = self.registry.champion()
        live = champion["variant"]
        production, shadow = self._variants()
        standby = next(name for name in production | shadow if name != live)
        model = (production | shadow)[standby]["ModelName"]
        versions = {f"{self.settings.name}-v{item['ModelPackageVersion']}": item for item in self.registry.packages()}
        before = versions.get(model)
        # A canary that failed leaves a model on the standby that never was the champion.
        if before is None or before["ModelPackageArn"] != champion["previous"]:
            raise Problem(f"nothing to go back to: {model} on the standby is not the champion before; deploy it again")
        if before["ModelApprovalStatus"] != "Approved":
            raise Problem(f"{model} on the standby is {before['ModelApprovalStatus']}; deploy an approved version")
        self._promote(before["ModelPackageArn"], champion["package"], live, standby)
        self.registry.withdraw(champion["package"], why)
        self.say(f"{model} is the champion again; version {champion['version']} is withdrawn")

    def _promote(self, package: str, previous: str, live: str, standby: str) -> None:
        production, shadow = self._variants()
        if shadow:
            # The two exchange their models.
            self._serve({live: shadow[standby]["ModelName"], standby: production[live]["ModelName"]})
            standby = live
        else:
            self._shift(live, standby, 1)
        self.registry.crown(package, standby, self.now(), previous)

    def _restore(self, standby: str, model: str) -> None:
        """Put the standby's model back, so that a rollback has somewhere to go.

        An alarm that is still on would abort the update; it ends some minutes after the last error.
        """
        end = time.monotonic() + self.plan.timeout_seconds
        while self._alarms() and time.monotonic() < end:
            time.sleep(self.plan.poll_seconds)
        try:
            self._serve({standby: model})
        except RolledBack as reason:
            self.say(f"{standby} does not serve {model} again: {reason}")

    def _alarms(self) -> list[str]:
        names = self.settings.deployment_alarm_names
        found = self.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        # An alarm that was removed would let everything pass.
        if missing := set(names) - {alarm["AlarmName"] for alarm in found}:
            raise Problem(f"{', '.join(sorted(missing))}: no such alarm; apply terraform/stacks/model-hosting")
        return sorted(alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM")

    def _configuration(self) -> dict[str, Any]:
        endpoint = self.sagemaker.describe_endpoint(EndpointName=self.settings.endpoint_name)
        return self.sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])

    def _variants(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the variants that answer, and the shadow variants, by their names."""
        present = self._configuration()
        kinds = (present.get(kind, []) for kind in ("ProductionVariants", "ShadowProductionVariants"))
        production, shadow = ({item["VariantName"]: item for item in kind} for kind in kinds)
        if set(production | shadow) != {"blue", "green"}:
            raise Problem(f"{self.settings.endpoint_name} has no variants blue and green; hosting must be instances")
        return production, shadow

    def _make_model(self, model: str, package: str) -> None:
        try:
            self.sagemaker.describe_model(ModelName=model)
        except ClientError:
            self.sagemaker.create_model(
                ModelName=model,
                ExecutionRoleArn=self.settings.endpoint_role_arn,
                Containers=[{"ModelPackageName": package}],
                EnableNetworkIsolation=True,
                VpcConfig={
                    "SecurityGroupIds": [self.settings.endpoint_security_group_id],
                    "Subnets": self.settings.subnet_ids,
                },
            )

    def _serve(self, models: dict[str, str]) -> None:
        """Put a configuration like the present one, with other models, in its place.

        The configuration before is kept: AWS forbids deleting one that a live endpoint uses, and an unused one costs
        nothing. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpointConfig.html
        """
        present = self._configuration()
        changed = {
            kind: [{**item, "ModelName": models.get(item["VariantName"], item["ModelName"])} for item in present[kind]]
            for kind in ("ProductionVariants", "ShadowProductionVariants")
            if present.get(kind)
        }
        kept = {key: present[key] for key in ("DataCaptureConfig", "KmsKeyId") if present.get(key)}
        name = f"{self.settings.name}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, **changed, **kept)
        self.sagemaker.update_endpoint(
            EndpointName=self.settings.endpoint_name,
            EndpointConfigName=name,
            # Without it, autoscaled counts and the weights go back to the configuration's:
            # https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html
            RetainAllVariantProperties=True,
            RetainDeploymentConfig=True,
        )
        self._settle(name)

    def _settle(self, configuration: str | None = None) -> None:
        """Wait until the endpoint is InService. SageMaker keeps the old machines where new ones fail /ping."""
        end = time.monotonic() + self.plan.timeout_seconds
        while time.monotonic() < end:
            endpoint = self.sagemaker.describe_endpoint(EndpointName=self.settings.endpoint_name)
            if endpoint["EndpointStatus"] == "InService":
                if configuration and endpoint["EndpointConfigName"] != configuration:
                    raise RolledBack(endpoint.get("FailureReason", "SageMaker kept the configuration before"))
                return
            if endpoint["EndpointStatus"] in ("Failed", "UpdateRollbackFailed"):
                raise RolledBack(endpoint.get("FailureReason", endpoint["EndpointStatus"]))
            time.sleep(self.plan.poll_seconds)
        raise RolledBack(f"the endpoint was not InService within {self.plan.timeout_seconds:.0f} s")

    def _shift(self, live: str, standby: str, share: float) -> None:
        self.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=self.settings.endpoint_name,
            DesiredWeightsAndCapacities=[
                {"VariantName": live, "DesiredWeight": 1 - share},
                {"VariantName": standby, "DesiredWeight": share},
            ],
        )
        # The call sets the status to Updating; another change before InService is refused.
        self._settle()
        self.say(f"{standby} has {share:.0%} of the requests")

    def _bake(self, variant: str, share: float, seconds: float) -> None:
        began, start = datetime.now(UTC), time.monotonic()
        # Metrics are kept by the minute: what the variant answered earlier in this minute does not count.
        earlier = self._answers(variant, began)
        answers = 0.0
        while time.monotonic() < start + seconds:
            time.sleep(self.plan.poll_seconds)
            answers = self._answers(variant, began) - earlier
            # After the answers: what they set off must not be overlooked by the last look.
            if going := self._alarms():
                raise Bad(f"{', '.join(going)} is in alarm at {share:.0%}")
            if answers >= self.plan.answers and time.monotonic() >= start + self.plan.shortest_seconds:
                return
        raise RolledBack(
            f"{variant} answered {answers:.0f} requests at {share:.0%} in {seconds:.0f} s, and "
            f"{self.plan.answers} are needed"
        )

    def _rate(self, variant: str) -> float:
        return self._answers(variant, datetime.now(UTC) - timedelta(hours=1)) / 3600

    def _answers(self, variant: str, since: datetime) -> float:
        statistics = self.cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Dimensions=[
                {"Name": "EndpointName", "Value": self.settings.endpoint_name},
                {"Name": "VariantName", "Value": variant},
            ],
            # Metrics are kept by the minute.
            StartTime=since.replace(second=0, microsecond=0),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in statistics["Datapoints"])
