"""ministack's server with six corrections, each where ministack 1.5.33 differs from AWS in what the templates rely on.

Settings are ministack's: BIND_HOST, GATEWAY_PORT, AUTH. The templates stay as AWS wants them; what the emulator
leaves out is done here through its own services, so that it is read back like everything else, and goes when
ministack does it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.services import ec2, s3, waf
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]


def expect_success(response: tuple[int, dict[str, str], Any]) -> str:
    status, _, body = response
    text = body.decode() if isinstance(body, bytes) else str(body)
    if status >= 300:
        raise ValueError(text)
    return text


def encrypt_buckets() -> None:
    """A bucket gets the encryption that its template names; ministack leaves it under S3's own keys."""

    def to_xml(encryption: Properties) -> bytes:
        rules = ""
        for rule in encryption["ServerSideEncryptionConfiguration"]:
            default = rule["ServerSideEncryptionByDefault"]
            key = default.get("KMSMasterKeyID")
            rules += (
                f"<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{default['SSEAlgorithm']}</SSEAlgorithm>"
                + (f"<KMSMasterKeyID>{key}</KMSMasterKeyID>" if key else "")
                + "</ApplyServerSideEncryptionByDefault>"
                + f"<BucketKeyEnabled>{str(rule.get('BucketKeyEnabled', False)).lower()}</BucketKeyEnabled></Rule>"
            )
        return f"<ServerSideEncryptionConfiguration>{rules}</ServerSideEncryptionConfiguration>".encode()

    def put(name: str, xml: bytes) -> None:
        expect_success(s3._put_bucket_encryption(name, xml))

    provisioners._S3_BUCKET_CONFIGURATIONS += (("BucketEncryption", to_xml, put, s3._delete_bucket_encryption),)


def join_security_groups() -> None:
    """AWS::EC2::SecurityGroupIngress adds its rule to the group."""

    def store(properties: Properties) -> list[Properties]:
        return ec2._security_groups[properties["GroupId"]]["IpPermissions"]

    def create(_: str, properties: Properties, __: str) -> Made:
        rules = provisioners._ec2_sg_permissions([properties])
        store(properties).extend(rules)
        return ec2._sg_rule_id(properties["GroupId"], False, rules[0]), {}

    def delete(_: str, properties: Properties) -> None:
        if properties["GroupId"] in ec2._security_groups:
            rules = provisioners._ec2_sg_permissions([properties])
            store(properties)[:] = [rule for rule in store(properties) if not ec2._rules_match(rule, rules[0])]

    register("AWS::EC2::SecurityGroupIngress", create, delete)


def record_flows() -> None:
    """AWS::EC2::FlowLog makes the flow log."""

    def create(_: str, properties: Properties, __: str) -> Made:
        call = {name: [str(value)] for name, value in properties.items() if not isinstance(value, list)}
        call["ResourceId.1"] = call.pop("ResourceId")
        found = re.search(r"fl-[0-9a-fA-F]+", expect_success(ec2._create_flow_logs(call)))
        if not found:
            raise ValueError("CreateFlowLogs named no flow log")
        return found.group(), {"Id": found.group()}

    def delete(flow_log: str, _: Properties) -> None:
        ec2._delete_flow_logs({"FlowLogId.1": [flow_log]})

    register("AWS::EC2::FlowLog", create, delete)


def associate_firewalls() -> None:
    """AWS::WAFv2::WebACLAssociation puts the firewall before the load balancer.

    ministack has no logging of firewalls at all: AWS::WAFv2::LoggingConfiguration is taken and nothing is made.
    """

    def create(_: str, properties: Properties, __: str) -> Made:
        expect_success(waf._associate_web_acl(properties))
        return f"{properties['WebACLArn']}|{properties['ResourceArn']}", {}

    def delete(_: str, properties: Properties) -> None:
        waf._disassociate_web_acl(properties)

    register("AWS::WAFv2::WebACLAssociation", create, delete)
    register("AWS::WAFv2::LoggingConfiguration", lambda _, properties, __: (properties["ResourceArn"], {}), ignore)


def take_dns_firewalls() -> None:
    """Takes the resources of Route 53 Resolver, which ministack lacks. Nothing is made, so nothing is read back."""
    kinds = {
        "FirewallDomainList": "rslvr-fdl",
        "FirewallRuleGroup": "rslvr-frg",
        "FirewallRuleGroupAssociation": "rslvr-frgassoc",
        "ResolverQueryLoggingConfig": "rqlc",
        "ResolverQueryLoggingConfigAssociation": "rqlca",
    }
    for kind, prefix in kinds.items():

        def create(name: str, _: Properties, stack: str, prefix: str = prefix) -> Made:
            made = f"{prefix}-{uuid.uuid5(uuid.NAMESPACE_OID, stack + name).hex[:16]}"
            return made, {"Id": made}

        register(f"AWS::Route53Resolver::{kind}", create, ignore)


def end_tls() -> None:
    """A request counts as made over TLS, as behind a proxy that ends it, unless it says `X-Forwarded-Proto: http`."""
    original = app.app

    async def behind_proxy(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if (b"x-forwarded-proto", b"http") not in scope.get("headers", []):
            scope = {**scope, "scheme": "https"}
        await original(scope, receive, send)

    app.app = behind_proxy


def ignore(_: str, __: Properties) -> None:
    pass


def register(
    kind: str, create: Callable[[str, Properties, str], Made], delete: Callable[[str, Properties], None]
) -> None:
    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "delete": delete}


if __name__ == "__main__":
    encrypt_buckets()
    join_security_groups()
    record_flows()
    associate_firewalls()
    take_dns_firewalls()
    end_tls()
    app.main()
