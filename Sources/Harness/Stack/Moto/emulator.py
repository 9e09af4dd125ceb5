"""moto's server with corrections, each where moto 5.2.5 differs from AWS in what the stacks here rely on.

Arguments are moto_server's. The code of the stacks stays as AWS wants it; what the emulator gets wrong is set right
here, in one place, and goes when moto does it itself.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from threading import Lock
from typing import Any

from flask import has_request_context, request
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import EC2Response
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.efs.responses import EFSResponse
from moto.eks.models import Cluster, Nodegroup
from moto.eks.responses import EKSResponse
from moto.events.models import EventPattern
from moto.events.responses import EventsHandler
from moto.iam.access_control import PermissionResult
from moto.rds.models import DBParameterGroup
from moto.s3.models import FakeBucket
from moto.server import main
from moto.stepfunctions.parser import models as interpreter
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.responses import StepFunctionResponse


def note_who_set_a_parameter() -> None:
    """RDS reports `Source: user` for a parameter that somebody set (DescribeDBParameters).

    Without it Terraform takes none for set and sets them all again in every plan.
    """
    original = DBParameterGroup.update_parameters

    def update_parameters(self: DBParameterGroup, parameters: list[dict[str, Any]]) -> None:
        original(self, [{**parameter, "Source": "user"} for parameter in parameters])

    DBParameterGroup.update_parameters = update_parameters


def judge_visitors_by_bucket_policy() -> None:
    """S3 judges an anonymous request by the statements for everybody, and by their condition on TLS.

    moto denies whatever a statement with a condition names, and takes a statement for one account as one for all.
    Here statements for named principals do not concern a visitor. A request counts as made over TLS, as behind a
    proxy that ends it, unless it says `X-Forwarded-Proto: http`.
    """

    def matches(patterns: Any, value: str) -> bool:
        expressions = (re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") for pattern in as_list(patterns))
        return any(re.fullmatch(expression, value, re.IGNORECASE) for expression in expressions)

    def concerns(statement: dict[str, Any], action: str, resource: str) -> bool:
        principal = statement.get("Principal")
        is_for_all = principal == "*" or (isinstance(principal, dict) and "*" in as_list(principal.get("AWS")))
        wanted = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
        if wanted is not None and (str(wanted).lower() == "true") != is_secure():
            return False
        return is_for_all and matches(statement.get("Action"), action) and matches(statement.get("Resource"), resource)

    def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        statements = as_list(json.loads(self.policy)["Statement"]) if self.policy else []
        effects = {statement["Effect"] for statement in statements if concerns(statement, action, resource)}
        if "Deny" in effects:
            return PermissionResult.DENIED
        return PermissionResult.PERMITTED if "Allow" in effects else PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


def keep_descriptions_of_rules() -> None:
    """EC2 keeps the description of every security group rule; moto only of those for address ranges."""
    original = SecurityGroupRule.__init__

    def initialise(self: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        given = inspect.signature(original).bind(self, *args, **kwargs).arguments
        peers = (given.get("source_group"), given.get("prefix_list_id"))
        self._peer_description = next((peer["Description"] for peer in peers if peer and "Description" in peer), None)

    def description(self: SecurityGroupRule) -> str | None:
        return self.ip_range.get("Description") or self._peer_description

    SecurityGroupRule.__init__ = initialise
    SecurityGroupRule.description = property(description)


def make_versions_from_a_source() -> None:
    """EC2 lays a new launch template version over the one that `SourceVersion` names; moto forgets the source.

    Without it a version that a rollout makes would hold an image and nothing else.
    """
    original = LaunchTemplates.create_launch_template_version

    def create_launch_template_version(self: LaunchTemplates) -> Any:
        source = self._get_param("SourceVersion")
        if source:
            identifier, name = self._get_param("LaunchTemplateId"), self._get_param("LaunchTemplateName")
            backend = self.ec2_backend
            template = (
                backend.get_launch_template(identifier) if identifier else backend.get_launch_template_by_name(name)
            )
            given = self._get_param("LaunchTemplateData", {})
            self.params["LaunchTemplateData"] = {**template.get_version(source).data, **given}
        return original(self)

    LaunchTemplates.create_launch_template_version = create_launch_template_version


def keep_templates_tags_out_of_their_content() -> None:
    """EC2 keeps a launch template's own tags beside its versions; moto puts them among what instances get.

    Without it Terraform takes them out again in every plan.
    """
    original = LaunchTemplate.create_version

    def create_version(self: LaunchTemplate, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
        kept = [tags for tags in data.get("TagSpecifications", []) if tags["ResourceType"] != "launch-template"]
        return original(self, {**data, "TagSpecifications": kept} if "TagSpecifications" in data else data, description)

    LaunchTemplate.create_version = create_version


def find_versions_by_image() -> None:
    """EC2 filters launch template versions by `image-id`, newest first; moto answers with all, oldest first."""
    original = LaunchTemplates.describe_launch_template_versions

    def describe_launch_template_versions(self: LaunchTemplates) -> Any:
        answer = original(self)
        wanted = [item["Values"] for item in self._get_param("Filters", []) if item["Name"] == "image-id"]
        found = answer.result["LaunchTemplateVersions"]
        answer.result["LaunchTemplateVersions"] = [
            version
            for version in sorted(found, key=lambda version: -version["VersionNumber"])
            if all(version["LaunchTemplateData"].get("ImageId") in images for images in wanted)
        ]
        return answer

    LaunchTemplates.describe_launch_template_versions = describe_launch_template_versions


def answer_what_terraform_asks_of_state_machines() -> None:
    """Terraform has a definition validated before it becomes a state machine, and reads the machine's versions after.

    moto has the parser but neither call. Versions are what somebody publishes, and the stacks publish none.
    """

    def validate_state_machine_definition(self: StepFunctionResponse) -> ActionResult:
        try:
            interpreter.StepFunctionsParserBackend._validate_definition(self._get_param("definition"))
        except InvalidDefinition as error:
            problem = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": str(error.message)}
            return ActionResult({"result": "FAIL", "diagnostics": [problem]})
        return ActionResult({"result": "OK", "diagnostics": []})

    def list_state_machine_versions(_: StepFunctionResponse) -> ActionResult:
        return ActionResult({"stateMachineVersions": []})

    StepFunctionResponse.list_state_machine_versions = list_state_machine_versions
    StepFunctionResponse.validate_state_machine_definition = validate_state_machine_definition


def spell_step_functions_own_fields() -> None:
    """An `aws-sdk` integration spells fields with a capital whatever the service does; moto passes them on unchanged.

    Of the services that rollouts call, only Step Functions itself spells them otherwise.
    """
    original = StateTaskServiceAwsSdk._eval_service_task

    def eval_service_task(
        self: StateTaskServiceAwsSdk, env: Any, resource_runtime_part: Any, normalised_parameters: Any, **others: Any
    ) -> None:
        is_own = self.resource.api_name == "sfn"
        if is_own:
            normalised_parameters = {key[0].lower() + key[1:]: value for key, value in normalised_parameters.items()}
        original(self, env, resource_runtime_part, normalised_parameters, **others)
        if is_own:
            env.stack.append({key[0].upper() + key[1:]: value for key, value in env.stack.pop().items()})

    StateTaskServiceAwsSdk._eval_service_task = eval_service_task


def answer_open_paths_with_lists() -> None:
    """Step Functions answers a path that may match many values with a list, of none or one as well (States language).

    moto fails where none matches and answers with the bare value where one does.
    """
    original = json_path.extract_json
    is_open = re.compile(r"\.\.|\[\*\]|\[\?|\[-?\d*:").search

    def extract_json(path: str, data: Any) -> Any:
        if is_open(path):
            return [match.value for match in json_path.parse(path).find(data)]
        return original(path, data)

    for module in list(sys.modules.values()):
        if getattr(module, "extract_json", None) is original:
            module.extract_json = extract_json


def remove_policies_of_file_systems() -> None:
    """EFS removes a file system's policy; moto can set and show one only, so that no stack with one comes down."""

    def delete_file_system_policy(self: EFSResponse) -> tuple[int, dict[str, Any], str]:
        self.efs_backend.file_systems_by_id[self._get_param("FileSystemId")].file_system_policy = None
        return 200, {}, ""

    EFSResponse.delete_file_system_policy = delete_file_system_policy


def keep_what_clusters_and_nodes_were_given() -> None:
    """EKS keeps a cluster's access and upgrade settings and a node group's update settings; moto drops them.

    It also gives every node group a key pair for SSH, where EKS gives none that nobody asked for. Without these
    Terraform makes the cluster anew in every plan.
    """
    original_create_cluster = EKSResponse.create_cluster
    original_create_nodegroup = EKSResponse.create_nodegroup

    def create_cluster(self: EKSResponse) -> ActionResult:
        answer = original_create_cluster(self)
        cluster: Cluster = answer.result["cluster"]
        cluster.access_config = self._get_param("accessConfig")
        cluster.upgrade_policy = self._get_param("upgradePolicy")
        return answer

    def create_nodegroup(self: EKSResponse) -> ActionResult:
        answer = original_create_nodegroup(self)
        nodegroup: Nodegroup = answer.result["nodegroup"]
        nodegroup.update_config = self._get_param("updateConfig")
        nodegroup.remote_access = self._get_param("remoteAccess")
        return answer

    EKSResponse.create_cluster = create_cluster
    EKSResponse.create_nodegroup = create_nodegroup


def judge_events_by_pattern() -> None:
    """EventBridge says whether a pattern takes an event (TestEventPattern); moto has the matcher but not the call."""

    def test_event_pattern(self: EventsHandler) -> tuple[str, dict[str, Any]]:
        pattern = EventPattern.load(self._get_param("EventPattern"))
        return json.dumps({"Result": pattern.matches_event(json.loads(self._get_param("Event")))}), {}

    EventsHandler.test_event_pattern = test_event_pattern


def answer_calls_about_machines_one_at_a_time() -> None:
    """Auto Scaling does one thing at a time with a group; moto's threads end with none or two machines for one.

    An aborted rollout's last call and the next one's first are two such threads. EC2 shares the lock, because a
    machine that is started while somebody lists them is an error 500.
    """
    lock = Lock()
    for responses in (AutoScalingResponse, EC2Response):

        def call_action(self: Any, original: Any = responses.call_action) -> Any:
            with lock:
                return original(self)

        responses.call_action = call_action


def is_secure() -> bool:
    return not has_request_context() or request.headers.get("X-Forwarded-Proto") != "http"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    note_who_set_a_parameter()
    judge_visitors_by_bucket_policy()
    keep_descriptions_of_rules()
    make_versions_from_a_source()
    keep_templates_tags_out_of_their_content()
    find_versions_by_image()
    spell_step_functions_own_fields()
    answer_what_terraform_asks_of_state_machines()
    answer_open_paths_with_lists()
    remove_policies_of_file_systems()
    judge_events_by_pattern()
    answer_calls_about_machines_one_at_a_time()
    keep_what_clusters_and_nodes_were_given()
    # A setting of moto's: without it an execution succeeds without a single state having run.
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    main(sys.argv[1:])
