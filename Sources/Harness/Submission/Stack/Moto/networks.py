"""Additions to Route 53 Resolver, FSx and EC2: DNS Firewall, Lustre's data repositories, transit gateways."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.transit_gateway import TransitGatewayBackend
from moto.ec2.models.transit_gateway_attachments import TransitGatewayAttachmentBackend
from moto.ec2.models.transit_gateway_route_tables import TransitGatewayRouteTableBackend
from moto.ec2.responses.transit_gateway_attachments import TransitGatewayAttachment
from moto.fsx.exceptions import FileSystemNotFound
from moto.fsx.models import FileSystem, FSxBackend
from moto.fsx.responses import FSxResponse
from moto.route53resolver.models import Route53ResolverBackend
from moto.route53resolver.responses import Route53ResolverResponse

Record = dict[str, Any]


def correct() -> None:
    add_dns_firewall()
    remove_query_logs_and_know_their_tags()
    show_file_systems_as_fsx_does()
    add_data_repository_associations()
    leave_attachments_out_of_a_default_that_is_off()
    show_where_transit_routes_lead()
    show_what_was_deleted()


def records(backend: Any, kind: str) -> dict[str, Record]:
    """Returns what the backend keeps of one kind, by id. A reset of moto makes a new backend, and so forgets it."""
    kept: dict[str, dict[str, Record]] = backend.__dict__.setdefault("_added", {})
    return kept.setdefault(kind, {})


def found(kept: dict[str, Record], identifier: str, error: str = "ResourceNotFoundException") -> Record:
    if identifier not in kept:
        raise JsonRESTError(error, f"{identifier} does not exist")
    return kept[identifier]


def add_dns_firewall() -> None:
    """Route 53 Resolver has DNS Firewall; moto has none of it. Here it is stored and answers no query."""

    def backend(response: Route53ResolverResponse) -> Any:
        return response.route53resolver_backend

    def create(kind: str, prefix: str, **more: Any) -> Any:
        def call(self: Route53ResolverResponse) -> str:
            identifier = f"{prefix}-{uuid4().hex[:16]}"
            arn = f"arn:aws:route53resolver:{self.region}:{self.current_account}:{kind.lower()}/{identifier}"
            given = json.loads(self.body)
            record = {**given, "Id": identifier, "Arn": arn, "OwnerId": self.current_account, **more}
            records(backend(self), kind)[identifier] = record
            backend(self).tagger.tag_resource(arn, given.get("Tags", []))
            return json.dumps({kind: record})

        return call

    def get(kind: str) -> Any:
        def call(self: Route53ResolverResponse) -> str:
            return json.dumps({kind: found(records(backend(self), kind), self._get_param(f"{kind}Id"))})

        return call

    def delete(kind: str) -> Any:
        def call(self: Route53ResolverResponse) -> str:
            record = found(records(backend(self), kind), self._get_param(f"{kind}Id"))
            del records(backend(self), kind)[record["Id"]]
            return json.dumps({kind: {**record, "Status": "DELETING"}})

        return call

    kinds = {"FirewallDomainList": "rslvr-fdl", "FirewallRuleGroup": "rslvr-frg"}
    for kind, prefix in kinds.items():
        name = {"FirewallDomainList": "firewall_domain_list", "FirewallRuleGroup": "firewall_rule_group"}[kind]
        setattr(Route53ResolverResponse, f"create_{name}", create(kind, prefix, Status="COMPLETE"))
        setattr(Route53ResolverResponse, f"get_{name}", get(kind))
        setattr(Route53ResolverResponse, f"delete_{name}", delete(kind))
    association = "FirewallRuleGroupAssociation"
    Route53ResolverResponse.associate_firewall_rule_group = create(
        association, "rslvr-frgassoc", Status="COMPLETE", MutationProtection="DISABLED"
    )
    Route53ResolverResponse.get_firewall_rule_group_association = get(association)
    Route53ResolverResponse.disassociate_firewall_rule_group = delete(association)

    def list_firewall_rule_group_associations(self: Route53ResolverResponse) -> str:
        kept, vpc = records(backend(self), association).values(), self._get_param("VpcId")
        return json.dumps({f"{association}s": [item for item in kept if vpc in (None, item["VpcId"])]})

    def update_firewall_domains(self: Route53ResolverResponse) -> str:
        record = found(records(backend(self), "FirewallDomainList"), self._get_param("FirewallDomainListId"))
        before, given = record.get("Domains", []), self._get_param("Domains")
        kept = [domain for domain in before if domain not in given]
        record["Domains"] = {"ADD": [*kept, *given], "REMOVE": kept, "REPLACE": given}[self._get_param("Operation")]
        return json.dumps({"Id": record["Id"], "Name": record["Name"], "Status": "COMPLETE"})

    def list_firewall_domains(self: Route53ResolverResponse) -> str:
        record = found(records(backend(self), "FirewallDomainList"), self._get_param("FirewallDomainListId"))
        # The resolver writes names with their final dot.
        return json.dumps({"Domains": [domain.rstrip(".") + "." for domain in record.get("Domains", [])]})

    def rule_id(self: Route53ResolverResponse) -> str:
        return f"{self._get_param('FirewallRuleGroupId')}:{self._get_param('FirewallDomainListId')}"

    def put_firewall_rule(self: Route53ResolverResponse) -> str:
        rules = records(backend(self), "FirewallRule")
        defaults = {"FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN"}
        rules[rule_id(self)] = {**defaults, **rules.get(rule_id(self), {}), **json.loads(self.body)}
        return json.dumps({"FirewallRule": rules[rule_id(self)]})

    def delete_firewall_rule(self: Route53ResolverResponse) -> str:
        rule = found(records(backend(self), "FirewallRule"), rule_id(self))
        del records(backend(self), "FirewallRule")[rule_id(self)]
        return json.dumps({"FirewallRule": rule})

    def list_firewall_rules(self: Route53ResolverResponse) -> str:
        group = self._get_param("FirewallRuleGroupId")
        rules = records(backend(self), "FirewallRule").values()
        return json.dumps({"FirewallRules": [rule for rule in rules if rule["FirewallRuleGroupId"] == group]})

    for method in (
        list_firewall_rule_group_associations,
        update_firewall_domains,
        list_firewall_domains,
        delete_firewall_rule,
        list_firewall_rules,
    ):
        setattr(Route53ResolverResponse, method.__name__, method)
    Route53ResolverResponse.create_firewall_rule = put_firewall_rule
    Route53ResolverResponse.update_firewall_rule = put_firewall_rule


def remove_query_logs_and_know_their_tags() -> None:
    """Route 53 Resolver tags query logs and removes them; moto can make and show them only."""
    original = Route53ResolverBackend._matched_arn

    def matched_arn(self: Route53ResolverBackend, arn: str) -> None:
        # Tags of what is added above are found here too.
        kinds = ("FirewallDomainList", "FirewallRuleGroup", "FirewallRuleGroupAssociation")
        known = [record["Arn"] for kind in kinds for record in records(self, kind).values()]
        if arn not in known + [config.arn for config in self.resolver_query_log_configs.values()]:
            original(self, arn)

    def disassociate_resolver_query_log_config(self: Route53ResolverResponse) -> str:
        kept = self.route53resolver_backend.resolver_query_log_config_associations
        wanted = (self._get_param("ResolverQueryLogConfigId"), self._get_param("ResourceId"))
        pairs = {(item.resolver_query_log_config_id, item.resource_id): item for item in kept.values()}
        if wanted not in pairs:
            raise JsonRESTError("ResourceNotFoundException", f"{wanted[0]} is not associated with {wanted[1]}")
        del kept[pairs[wanted].id]
        return json.dumps({"ResolverQueryLogConfigAssociation": {**pairs[wanted].description(), "Status": "DELETING"}})

    def delete_resolver_query_log_config(self: Route53ResolverResponse) -> str:
        backend, wanted = self.route53resolver_backend, self._get_param("ResolverQueryLogConfigId")
        config = backend.get_resolver_query_log_config(wanted)
        del backend.resolver_query_log_configs[wanted]
        return json.dumps({"ResolverQueryLogConfig": {**config.description(), "Status": "DELETING"}})

    Route53ResolverBackend._matched_arn = matched_arn
    Route53ResolverResponse.disassociate_resolver_query_log_config = disassociate_resolver_query_log_config
    Route53ResolverResponse.delete_resolver_query_log_config = delete_resolver_query_log_config


def show_file_systems_as_fsx_does() -> None:
    """FSx reports a file system's state, VPC, network interface and mount name; moto repeats the request alone."""
    original_create, original_show = FSxBackend.create_file_system, FileSystem.to_dict

    def create_file_system(self: FSxBackend, *args: Any, **kwargs: Any) -> FileSystem:
        system = original_create(self, *args, **kwargs)
        subnet = ec2_backends[self.account_id][self.region_name].get_subnet(system.subnet_ids[0])
        interface = ec2_backends[self.account_id][self.region_name].create_network_interface(
            subnet, None, group_ids=system.security_group_ids, description=f"FSx {system.file_system_id}"
        )
        system.added = {
            "Lifecycle": "AVAILABLE",
            "OwnerId": self.account_id,
            "VpcId": subnet.vpc_id,
            "NetworkInterfaceIds": [interface.id],
            "FileSystemTypeVersion": kwargs.get("file_system_type_version"),
        }
        if system.lustre_configuration is not None:
            system.lustre_configuration.setdefault("MountName", uuid4().hex[:8])
        return system

    def to_dict(self: FileSystem) -> Record:
        return {**original_show(self), **getattr(self, "added", {})}

    original_delete = FSxBackend.delete_file_system

    def delete_file_system(self: FSxBackend, file_system_id: str, *args: Any, **kwargs: Any) -> Any:
        system = self.file_systems.get(file_system_id)
        for interface in getattr(system, "added", {}).get("NetworkInterfaceIds", []):
            ec2_backends[self.account_id][self.region_name].delete_network_interface(interface)
        original_delete(self, file_system_id, *args, **kwargs)
        # FSx answers that it deletes. Terraform's provider 5.100 then waits ten minutes before it looks, and not at
        # all if the file system is gone.
        raise FileSystemNotFound(file_system_id)

    FSxBackend.create_file_system = create_file_system
    FSxBackend.delete_file_system = delete_file_system
    FileSystem.to_dict = to_dict


def add_data_repository_associations() -> None:
    """FSx links a Lustre file system to a bucket; moto cannot. Here the link is stored and exports nothing."""
    kind, missing = "Association", "DataRepositoryAssociationNotFound"

    def create_data_repository_association(self: FSxResponse) -> str:
        given = json.loads(self.body)
        system = self.fsx_backend.file_systems.get(given["FileSystemId"])
        if system is None:
            raise JsonRESTError("FileSystemNotFound", f"File system '{given['FileSystemId']}' does not exist.")
        # The rule that decides where the backup is: one or the other.
        if (system.lustre_configuration or {}).get("AutomaticBackupRetentionDays"):
            raise JsonRESTError("BadRequest", "Backups are not supported on file systems linked to a data repository.")
        identifier = f"dra-{uuid4().hex[:17]}"
        arn = f"arn:aws:fsx:{self.region}:{self.current_account}:association/{given['FileSystemId']}/{identifier}"
        record = {**given, "AssociationId": identifier, "ResourceARN": arn, "Lifecycle": "AVAILABLE"}
        records(self.fsx_backend, kind)[identifier] = record
        return json.dumps({"Association": record})

    def describe_data_repository_associations(self: FSxResponse) -> str:
        kept, wanted = records(self.fsx_backend, kind), json.loads(self.body).get("AssociationIds")
        shown = [found(kept, identifier, missing) for identifier in wanted] if wanted else list(kept.values())
        return json.dumps({"Associations": shown})

    def delete_data_repository_association(self: FSxResponse) -> str:
        record = found(records(self.fsx_backend, kind), json.loads(self.body)["AssociationId"], missing)
        del records(self.fsx_backend, kind)[record["AssociationId"]]
        return json.dumps({"AssociationId": record["AssociationId"], "Lifecycle": "DELETING"})

    for method in (
        create_data_repository_association,
        describe_data_repository_associations,
        delete_data_repository_association,
    ):
        setattr(FSxResponse, method.__name__, method)


def leave_attachments_out_of_a_default_that_is_off() -> None:
    """A transit gateway whose default association is off associates nothing by itself; moto does, into its table.

    moto also drops the tags of attachments.
    """
    original = TransitGatewayAttachment.create_transit_gateway_vpc_attachment

    def create_transit_gateway_vpc_attachment(self: Any) -> ActionResult:
        answer = original(self)
        attachment = answer.result["TransitGatewayVpcAttachment"]
        attachment.add_tags(self._parse_tag_specification().get("transit-gateway-attachment", {}))
        gateway = self.ec2_backend.transit_gateways[attachment.transit_gateway_id]
        if gateway.options["DefaultRouteTableAssociation"] == "disable":
            self.ec2_backend.unset_route_table_association(gateway.default_route_table.id, attachment.id)
            attachment.transit_gateway_route_table = None
        return answer

    TransitGatewayAttachment.create_transit_gateway_vpc_attachment = create_transit_gateway_vpc_attachment


def show_where_transit_routes_lead() -> None:
    """A transit gateway's route names its attachments in a list; moto's is none, and gets lost on the way.

    Without it every route looks like a black hole.
    """
    original = TransitGatewayRouteTableBackend.create_transit_gateway_route

    def create_transit_gateway_route(self: Any, *args: Any, **kwargs: Any) -> Any:
        route = original(self, *args, **kwargs)
        if "transitGatewayAttachments" in route:
            route["transitGatewayAttachments"] = [route["transitGatewayAttachments"]]
        return route

    TransitGatewayRouteTableBackend.create_transit_gateway_route = create_transit_gateway_route


def show_what_was_deleted() -> None:
    """EC2 shows a deleted transit gateway or attachment for a while, as deleted; moto forgets it at once.

    Terraform waits for that state, and for ten minutes where it never comes.
    """
    original_attachment = TransitGatewayAttachmentBackend.delete_transit_gateway_vpc_attachment
    original_gateway = TransitGatewayBackend.delete_transit_gateway

    def delete_transit_gateway_vpc_attachment(self: Any, *args: Any, **kwargs: Any) -> Any:
        attachment = original_attachment(self, *args, **kwargs)
        self.transit_gateway_attachments[attachment.id] = attachment
        return attachment

    def delete_transit_gateway(self: Any, *args: Any, **kwargs: Any) -> Any:
        gateway = original_gateway(self, *args, **kwargs)
        gateway.state = "deleted"
        self.transit_gateways[gateway.id] = gateway
        return gateway

    TransitGatewayAttachmentBackend.delete_transit_gateway_vpc_attachment = delete_transit_gateway_vpc_attachment
    TransitGatewayBackend.delete_transit_gateway = delete_transit_gateway
