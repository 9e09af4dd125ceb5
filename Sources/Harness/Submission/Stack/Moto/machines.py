"""Corrections of EC2, Auto Scaling and EKS."""

from __future__ import annotations

import inspect
import threading
from typing import Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import EC2Response
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.efs.responses import EFSResponse
from moto.eks.models import Cluster, Nodegroup
from moto.eks.responses import EKSResponse
from moto.elbv2.responses import ELBV2Response
from moto.rds.responses import RDSResponse


def correct() -> None:
    keep_descriptions_of_rules()
    make_versions_from_a_source()
    keep_templates_tags_out_of_their_content()
    give_a_machine_one_root_volume()
    answer_calls_about_machines_one_at_a_time()
    keep_what_clusters_and_nodes_were_given()
    keep_how_long_machines_live()


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


def give_a_machine_one_root_volume() -> None:
    """EC2 makes the root volume as the template says; moto makes its own first and leaves that behind for ever."""
    original = Instance.add_block_device

    def add_block_device(self: Instance, size: int, device_path: str, *args: Any, **kwargs: Any) -> None:
        default = self.block_device_mapping.get(device_path)
        if default is not None:
            self.ec2_backend.detach_volume(default.volume_id, self.id, device_path)
            self.ec2_backend.delete_volume(default.volume_id)
        original(self, size, device_path, *args, **kwargs)

    Instance.add_block_device = add_block_device


def answer_calls_about_machines_one_at_a_time() -> None:
    """Auto Scaling does one thing at a time with a group; moto's threads end with none or two machines for one.

    An aborted rollout's last call and the next one's first are two such threads. EC2 shares the lock, because a
    machine that is started while somebody lists them is an error 500. So do the services that take addresses from
    EC2's subnets, whose generator of addresses fails the second of two threads ("generator already executing"): a
    mount target is in its file system by then, and the SDK's second try meets it.
    """
    lock = threading.Lock()
    for responses in (AutoScalingResponse, EC2Response, EFSResponse, ELBV2Response, RDSResponse):

        def call_action(self: Any, original: Any = responses.call_action) -> Any:
            with lock:
                return original(self)

        responses.call_action = call_action


def keep_how_long_machines_live() -> None:
    """Auto Scaling keeps a group's `MaxInstanceLifetime`; moto drops it, so that every plan would set it again."""
    for name in ("create_auto_scaling_group", "update_auto_scaling_group"):
        method = getattr(AutoScalingResponse, name)

        def keep(self: AutoScalingResponse, original: Any = method) -> ActionResult:
            answer: ActionResult = original(self)
            lifetime = self._get_int_param("MaxInstanceLifetime")
            if lifetime is not None:
                group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
                group.max_instance_lifetime = lifetime
            return answer

        setattr(AutoScalingResponse, name, keep)


def keep_what_clusters_and_nodes_were_given() -> None:
    """EKS keeps a cluster's access and upgrade settings and a node group's update settings; moto drops them.

    It also gives every node group a key pair for SSH, where EKS gives none that nobody asked for. Without these
    Terraform makes the cluster again in every plan.
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
