"""Instance refreshes of EC2 Auto Scaling, which moto lacks: StartInstanceRefresh and DescribeInstanceRefreshes.

Modelled for groups of one machine: the machine is replaced at once, and the refresh succeeds when the warm-up has
passed with the machine healthy and no alarm on. Otherwise it rolls back. Only then, or on success, does the group's
own launch template version count as changed or unchanged.

Not modelled: the time a launch takes, lifecycle hooks, checkpoints, standby and protected instances, cancelling.
Auto Scaling keeps trying an unhealthy machine for up to an hour; here the first one fails the refresh. A refresh moves
on only when somebody looks at it or at its group, so an alarm that goes on and off between two looks is missed.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as sdk


class InstanceRefreshInProgress(AutoscalingClientError):
    """The group already has a refresh that has not ended."""

    code = "InstanceRefreshInProgress"
    message = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."


@dataclass
class Refresh:
    """One refresh of a group, with the version from before and the one that is wanted."""

    group: str
    previous: str
    desired: str
    preferences: dict[str, Any]
    identifier: str = field(default_factory=lambda: str(uuid4()))
    status: str = "InProgress"
    reason: str = ""
    started: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    def answer(self) -> dict[str, Any]:
        """Return the refresh as DescribeInstanceRefreshes shows it."""
        return {
            "InstanceRefreshId": self.identifier,
            "AutoScalingGroupName": self.group,
            "Status": self.status,
            "StatusReason": self.reason,
            "StartTime": self.started,
            "Preferences": self.preferences,
        }


known: dict[AutoScalingBackend, list[Refresh]] = {}


def correct() -> None:
    refresh_instances()
    name_errors_of_auto_scaling()


def refresh_instances() -> None:
    """Auto Scaling replaces a group's machine by one of the desired version, and rolls back on an alarm."""
    original_describe = AutoScalingResponse.describe_auto_scaling_groups

    def start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
        backend = self.autoscaling_backend
        group = backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        move_on(backend)
        if any(refresh.group == group.name and refresh.status == "InProgress" for refresh in known.get(backend, [])):
            raise InstanceRefreshInProgress
        wanted = self._get_param("DesiredConfiguration", {}).get("LaunchTemplate", {}).get("Version", "")
        preferences = self._get_param("Preferences", {})
        versions = (wanted, group.provided_launch_template_version or "")
        if preferences.get("AutoRollback") and not all(version.isdigit() for version in versions):
            raise ValidationError("AutoRollback needs a numbered launch template version before and after the refresh.")
        refresh = Refresh(group.name, group.launch_template_version, wanted or versions[1], preferences)
        known.setdefault(backend, []).append(refresh)
        replace(group, refresh.desired)
        return ActionResult({"InstanceRefreshId": refresh.identifier})

    def describe_instance_refreshes(self: AutoScalingResponse) -> ActionResult:
        move_on(self.autoscaling_backend)
        name, identifiers = self._get_param("AutoScalingGroupName"), self._get_param("InstanceRefreshIds", [])
        found = [
            refresh.answer()
            for refresh in reversed(known.get(self.autoscaling_backend, []))
            if refresh.group == name and (not identifiers or refresh.identifier in identifiers)
        ]
        return ActionResult({"InstanceRefreshes": found})

    def describe_auto_scaling_groups(self: AutoScalingResponse) -> ActionResult:
        move_on(self.autoscaling_backend)
        return original_describe(self)

    AutoScalingResponse.start_instance_refresh = start_instance_refresh
    AutoScalingResponse.describe_instance_refreshes = describe_instance_refreshes
    AutoScalingResponse.describe_auto_scaling_groups = describe_auto_scaling_groups


def move_on(backend: AutoScalingBackend) -> None:
    for refresh in known.get(backend, []):
        group = backend.autoscaling_groups.get(refresh.group)
        if refresh.status != "InProgress" or group is None:
            continue
        problem = trouble(backend, group, refresh)
        warm_up = datetime.timedelta(seconds=int(refresh.preferences.get("InstanceWarmup", 0)))
        if problem:
            rolls_back = bool(refresh.preferences.get("AutoRollback"))
            refresh.status, refresh.reason = "RollbackSuccessful" if rolls_back else "Failed", problem
            if rolls_back:
                replace(group, refresh.previous)
        elif datetime.datetime.now(datetime.UTC) >= refresh.started + warm_up:
            refresh.status = "Successful"
            group.provided_launch_template_version = refresh.desired


def trouble(backend: AutoScalingBackend, group: FakeAutoScalingGroup, refresh: Refresh) -> str:
    alarms = cloudwatch_backends[backend.account_id][backend.region_name].alarms
    for name in refresh.preferences.get("AlarmSpecification", {}).get("Alarms", []):
        if name in alarms and alarms[name].state_value == "ALARM":
            return f"The alarm {name} went into the ALARM state."
    states: list[InstanceState] = group.instance_states
    return "" if all(state.health_status == "Healthy" for state in states) else "A new instance is unhealthy."


def replace(group: FakeAutoScalingGroup, version: str) -> None:
    """End the group's machines; the group starts new ones of this version."""
    group.launch_template_version = version
    for state in list(group.instance_states):
        group.autoscaling_backend.terminate_instance(state.instance.id, False)


def name_errors_of_auto_scaling() -> None:
    """Step Functions names an SDK error as the Java SDK does: `AutoScaling.InstanceRefreshInProgressException`.

    moto says `autoscaling.InstanceRefreshInProgressFaultException`, which no `Catch` that works on AWS catches.
    """
    original = sdk.StateTaskServiceAwsSdk._normalise_exception_name
    sdk._SERVICE_ERROR_NAMES["autoscaling"] = "AutoScaling"

    def normalise_exception_name(norm_service_name: str, ex: Exception) -> str:
        return original(norm_service_name, ex).replace("FaultException", "Exception")

    sdk.StateTaskServiceAwsSdk._normalise_exception_name = staticmethod(normalise_exception_name)
