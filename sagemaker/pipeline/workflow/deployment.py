"""Brings an approved model to the endpoint, a share of the traffic at a time, and back when an alarm goes off.

SageMaker's own guardrails watch the change of machines (UpdateEndpoint keeps the last deployment's configuration);
this watches the model on them: the challenger gets a tenth of the requests, then half, then becomes the champion.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from workflow.champion import crown
from workflow.settings import Problem, Settings


class RolledBack(Exception):
    """The champion serves everything again; says why."""


@dataclass(frozen=True)
class Plan:
    """How a canary goes."""

    shares: tuple[float, ...] = (0.1, 0.5)
    bake_seconds: float = 600
    poll_seconds: float = 15
    # Fewer answers say nothing of a model.
    minimum_answers: int = 100
    # How much longer it waits for them.
    patience_seconds: float = 0
    timeout_seconds: float = 3600


@dataclass
class Deployment:
    """One endpoint, and the services that know of it."""

    sagemaker: Any
    cloudwatch: Any
    s3: Any
    settings: Settings
    plan: Plan = Plan()
    say: Callable[[str], None] = print

    def run(self, package: str) -> None:
        """Deploy a package, or raise `Problem` before anything changed, or `RolledBack` after it was undone."""
        described = self.sagemaker.describe_model_package(ModelPackageName=package)
        status = described["ModelApprovalStatus"]
        if status != "Approved":
            raise Problem(f"{package} is {status}; only an approved model is deployed")
        if going := self._alarms():
            raise Problem(f"{', '.join(going)} is in alarm already; a canary could not be judged")
        model = f"{self.settings.name}-v{described['ModelPackageVersion']}"
        champion = self._variants()["champion"]["ModelName"]
        if champion == model:
            raise Problem(f"{model} serves already")
        self._make_model(model, package)
        self._serve(f"{model}-canary", champion=champion, challenger=model)
        try:
            for share in self.plan.shares:
                self._shift(share)
                self._bake(share)
        except BaseException as error:
            # An interrupted canary must not go on unwatched.
            self._shift(0)
            if isinstance(error, RolledBack):
                self.say(f"rolled back: {error}")
            raise
        # The old champion stays at hand, without traffic.
        self._serve(f"{model}-champion", champion=model, challenger=champion)
        self.crown(described)
        self.say(f"{model} is the champion; {champion} stands by")

    def crown(self, package: dict[str, Any]) -> None:
        """Have the next challenger and the monitor compare with this model."""
        crown(self.s3, self.settings, package)

    def roll_back(self) -> None:
        """Have the model before serve again, at once."""
        variants = self._variants()
        champion, challenger = variants["champion"]["ModelName"], variants["challenger"]["ModelName"]
        if champion == challenger:
            raise Problem(f"there is nothing to go back to: both variants serve {champion}")
        self._serve(f"{challenger}-again-{int(time.time())}", champion=challenger, challenger=champion)
        self.say(f"{challenger} is the champion again")

    def _alarms(self) -> list[str]:
        names = self.settings.deployment_alarm_names
        found = self.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        # An alarm that somebody removed would let everything pass.
        if missing := set(names) - {alarm["AlarmName"] for alarm in found}:
            raise Problem(f"{', '.join(sorted(missing))}: no such alarm; apply terraform/stacks/model-hosting")
        return sorted(alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM")

    def _configuration(self) -> dict[str, Any]:
        endpoint = self.sagemaker.describe_endpoint(EndpointName=self.settings.endpoint_name)
        return self.sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])

    def _variants(self) -> dict[str, dict[str, Any]]:
        return {variant["VariantName"]: variant for variant in self._configuration()["ProductionVariants"]}

    def _make_model(self, model: str, package: str) -> None:
        try:
            self.sagemaker.describe_model(ModelName=model)
        except self.sagemaker.exceptions.ClientError:
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

    def _serve(self, name: str, champion: str, challenger: str) -> None:
        """Put a configuration like the present one, with other models, in its place."""
        present = self._configuration()
        variants = [
            {**variant, "ModelName": model, "InitialVariantWeight": weight}
            for variant in present["ProductionVariants"]
            for role, model, weight in (("champion", champion, 1), ("challenger", challenger, 0))
            if variant["VariantName"] == role
        ]
        if len(variants) != 2:
            raise Problem(
                f"{self.settings.endpoint_name} has no variants champion and challenger; hosting must be instances"
            )
        kept = {key: present[key] for key in ("DataCaptureConfig", "KmsKeyId") if present.get(key)}
        # It is there only after a canary of the same model that was rolled back.
        with suppress(self.sagemaker.exceptions.ClientError):
            self.sagemaker.delete_endpoint_config(EndpointConfigName=name)
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **kept)
        self.sagemaker.update_endpoint(
            EndpointName=self.settings.endpoint_name, EndpointConfigName=name, RetainDeploymentConfig=True
        )
        self._settle(name)

    def _settle(self, configuration: str) -> None:
        """Wait until machines have changed.

        SageMaker keeps the old ones where the new do not pass /ping, or an alarm goes off.
        """
        end = time.monotonic() + self.plan.timeout_seconds
        while time.monotonic() < end:
            endpoint = self.sagemaker.describe_endpoint(EndpointName=self.settings.endpoint_name)
            if endpoint["EndpointStatus"] == "InService":
                if endpoint["EndpointConfigName"] != configuration:
                    raise RolledBack(endpoint.get("FailureReason", "SageMaker kept the configuration before"))
                return
            if endpoint["EndpointStatus"] in ("Failed", "UpdateRollbackFailed"):
                raise RolledBack(endpoint.get("FailureReason", endpoint["EndpointStatus"]))
            time.sleep(self.plan.poll_seconds)
        raise RolledBack(f"the endpoint did not settle within {self.plan.timeout_seconds:.0f} s")

    def _shift(self, share: float) -> None:
        self.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=self.settings.endpoint_name,
            DesiredWeightsAndCapacities=[
                {"VariantName": "champion", "DesiredWeight": 1 - share},
                {"VariantName": "challenger", "DesiredWeight": share},
            ],
        )
        self.say(f"the challenger has {share:.0%} of the requests")

    def _bake(self, share: float) -> None:
        began = datetime.now(UTC)
        end = time.monotonic() + self.plan.bake_seconds
        last = end + self.plan.patience_seconds
        answers = 0
        while time.monotonic() < end or (answers < self.plan.minimum_answers and time.monotonic() < last):
            if going := self._alarms():
                raise RolledBack(f"{', '.join(going)} is in alarm at {share:.0%}")
            time.sleep(self.plan.poll_seconds)
            answers = self._answers(since=began)
        if answers < self.plan.minimum_answers:
            raise RolledBack(
                f"the challenger answered {answers} requests at {share:.0%}, and {self.plan.minimum_answers} are needed"
            )

    def _answers(self, since: datetime) -> int:
        statistics = self.cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Dimensions=[
                {"Name": "EndpointName", "Value": self.settings.endpoint_name},
                {"Name": "VariantName", "Value": "challenger"},
            ],
            # Metrics are kept by the minute.
            StartTime=since.replace(second=0, microsecond=0),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        return round(sum(point["Sum"] for point in statistics["Datapoints"]))
