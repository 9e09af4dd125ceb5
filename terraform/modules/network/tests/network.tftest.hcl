mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/vpc/net/flow-logs" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/net-flow-logs" }
  }
}

variables {
  name               = "net"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
}

run "every_zone_has_one_private_subnet_of_its_own" {
  command = plan

  assert {
    condition     = toset(keys(aws_subnet.private)) == toset(["eu-west-1a", "eu-west-1b"])
    error_message = "There must be one subnet per zone."
  }
  assert {
    condition     = alltrue([for subnet in aws_subnet.private : subnet.map_public_ip_on_launch == false])
    error_message = "A private subnet hands out no public addresses."
  }
  assert {
    condition     = length(distinct([for subnet in aws_subnet.private : subnet.cidr_block])) == 2
    error_message = "The subnets' address ranges must differ."
  }
}

run "the_endpoints_take_https_from_inside_the_vpc_and_nothing_else" {
  command = plan

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.endpoints_https.cidr_ipv4 == "10.20.0.0/16" &&
      aws_vpc_security_group_ingress_rule.endpoints_https.ip_protocol == "tcp" &&
      aws_vpc_security_group_ingress_rule.endpoints_https.from_port == 443 &&
      aws_vpc_security_group_ingress_rule.endpoints_https.to_port == 443
    )
    error_message = "The endpoints must be reachable on 443 from the VPC's own range only."
  }
}

run "the_endpoints_serve_the_own_account_only" {
  command = plan

  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.interface :
      jsondecode(endpoint.policy).Statement[0].Condition.StringEquals["aws:PrincipalAccount"] == "111122223333"
    ])
    error_message = "An interface endpoint must refuse the credentials of other accounts."
  }
  assert {
    condition     = jsondecode(aws_vpc_endpoint.interface["ssm"].policy).Statement[0].Action == ["ssm:UpdateInstanceInformation"]
    error_message = "An interface endpoint must let named actions pass only."
  }
}

run "without_a_need_there_is_no_way_to_s3" {
  command = plan

  assert {
    condition     = length(aws_vpc_endpoint.s3) == 0 && output.s3_prefix_list_id == null
    error_message = "A network that names no bucket must have no endpoint for S3."
  }
}

run "the_s3_endpoint_serves_named_buckets_and_actions" {
  command = plan
  variables {
    buckets = { image-source = ["s3:ListBucket", "s3:GetObject"] }
  }

  assert {
    condition = (
      jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Action == ["s3:GetObject", "s3:ListBucket"] &&
      jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Resource == ["arn:aws:s3:::image-source", "arn:aws:s3:::image-source/*"] &&
      jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Condition.StringEquals == { "aws:PrincipalAccount" = "111122223333", "aws:ResourceAccount" = "111122223333" }
    )
    error_message = "The S3 endpoint must let the named actions pass, on the named bucket of the own account."
  }
  assert {
    condition     = length(jsondecode(aws_vpc_endpoint.s3[0].policy).Statement) == 1
    error_message = "Nothing but the named bucket may be reached."
  }
}

run "dns_answers_for_the_named_domains_and_for_nothing_else" {
  command = plan

  assert {
    condition     = aws_route53_resolver_firewall_domain_list.allowed.domains == toset(["*.amazonaws.com.", "*.compute.internal.", "*.ec2.internal."])
    error_message = "The allow-list must hold AWS's own domains only."
  }
  assert {
    condition = (
      aws_route53_resolver_firewall_rule.allow.action == "ALLOW" &&
      aws_route53_resolver_firewall_rule.block.action == "BLOCK" &&
      aws_route53_resolver_firewall_rule.block.block_response == "NXDOMAIN" &&
      aws_route53_resolver_firewall_domain_list.everything.domains == toset(["*."]) &&
      aws_route53_resolver_firewall_rule.allow.priority < aws_route53_resolver_firewall_rule.block.priority
    )
    error_message = "Every name that is not allowed must be blocked, after the allow-list."
  }
  assert {
    condition     = aws_cloudwatch_log_group.dns.kms_key_id == aws_kms_key.flow_logs.arn && aws_cloudwatch_log_group.dns.retention_in_days == 365
    error_message = "DNS queries must be logged, encrypted and for a limited time."
  }
}

run "the_private_name_of_an_endpoint_outside_amazonaws_com_is_answered" {
  command = plan
  variables {
    interface_services = { eks-auth = ["eks-auth:AssumeRoleForPodIdentity"] }
  }

  assert {
    condition     = contains(aws_route53_resolver_firewall_domain_list.allowed.domains, "eks-auth.eu-west-1.api.aws.")
    error_message = "Pods get credentials only if the resolver answers for EKS Auth."
  }
}

run "a_single_star_as_an_allowed_domain_is_refused" {
  command = plan
  variables {
    dns_domains = ["*"]
  }
  expect_failures = [var.dns_domains]
}

run "a_top_level_domain_as_an_allowed_domain_is_refused" {
  command = plan
  variables {
    dns_domains = ["*.com"]
  }
  expect_failures = [var.dns_domains]
}

run "every_bucket_of_the_account_is_refused" {
  command = plan
  variables {
    buckets = { "*" = ["s3:GetObject"] }
  }
  expect_failures = [var.buckets]
}

run "every_action_on_a_bucket_is_refused" {
  command = plan
  variables {
    buckets = { image-source = ["s3:*"] }
  }
  expect_failures = [var.buckets]
}

run "flow_logs_are_encrypted_kept_for_a_limited_time_and_record_everything" {
  command = plan

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL"
    error_message = "Accepted and rejected traffic must both be recorded."
  }
  assert {
    condition     = aws_cloudwatch_log_group.flow_logs.kms_key_id == aws_kms_key.flow_logs.arn && aws_kms_key.flow_logs.enable_key_rotation
    error_message = "Flow logs must be encrypted with the module's own rotating key."
  }
  assert {
    condition     = aws_cloudwatch_log_group.flow_logs.retention_in_days == 365
    error_message = "Flow logs must expire."
  }
  assert {
    condition     = jsondecode(aws_iam_role.flow_logs.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"
    error_message = "The role must be usable for the own account's flow logs only."
  }
}

run "one_zone_is_refused" {
  command = plan
  variables {
    availability_zones = ["eu-west-1a"]
  }
  expect_failures = [var.availability_zones]
}

run "the_same_zone_twice_is_refused" {
  command = plan
  variables {
    availability_zones = ["eu-west-1a", "eu-west-1a"]
  }
  expect_failures = [var.availability_zones]
}

run "a_range_that_is_no_cidr_block_is_refused" {
  command = plan
  variables {
    cidr_block = "10.20.0.0"
  }
  expect_failures = [var.cidr_block]
}

run "a_range_too_small_for_its_subnets_is_refused" {
  command = plan
  variables {
    cidr_block = "10.20.0.0/25"
  }
  expect_failures = [var.cidr_block]
}

run "a_service_by_its_full_name_is_refused" {
  command = plan
  variables {
    interface_services = { "com.amazonaws.eu-west-1.ssm" = ["ssm:UpdateInstanceInformation"] }
  }
  expect_failures = [var.interface_services]
}

run "s3_as_an_interface_service_is_refused" {
  command = plan
  variables {
    interface_services = { s3 = ["s3:GetObject"] }
  }
  expect_failures = [var.interface_services]
}

run "an_endpoint_for_every_action_is_refused" {
  command = plan
  variables {
    interface_services = { ssm = ["ssm:*"] }
  }
  expect_failures = [var.interface_services]
}

run "an_endpoint_without_actions_is_refused" {
  command = plan
  variables {
    interface_services = { ssm = [] }
  }
  expect_failures = [var.interface_services]
}

run "objects_of_aws_services_are_for_reading_and_for_the_own_account" {
  command = plan
  variables {
    readable_objects = ["arn:aws:s3:::ec2imagebuilder-toe-eu-west-1-prod/*"]
  }

  assert {
    condition = (
      jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Action == "s3:GetObject" &&
      jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Condition.StringEquals["aws:PrincipalAccount"] == "111122223333"
    )
    error_message = "Objects of AWS services must be readable only, and for the own account only."
  }
}

run "objects_that_a_service_signs_for_are_for_reading_whoever_signed" {
  command = plan
  variables {
    presigned_objects = ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"]
  }

  assert {
    condition = (
      jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Action == "s3:GetObject" &&
      jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Resource == ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"] &&
      !can(jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Condition)
    )
    error_message = "Objects that a service signs for must be readable only, without a condition on an account that is not ours."
  }
}

run "every_bucket_as_presigned_is_refused" {
  command = plan
  variables {
    presigned_objects = ["arn:aws:s3:::*/*"]
  }
  expect_failures = [var.presigned_objects]
}

run "every_bucket_as_readable_is_refused" {
  command = plan
  variables {
    readable_objects = ["arn:aws:s3:::*/*"]
  }
  expect_failures = [var.readable_objects]
}

run "logs_kept_for_ever_are_refused" {
  command = plan
  variables {
    flow_log_retention_days = 0
  }
  expect_failures = [var.flow_log_retention_days]
}

run "a_name_with_capitals_is_refused" {
  command = plan
  variables {
    name = "Net"
  }
  expect_failures = [var.name]
}

run "statements_keep_their_conditions" {
  command = plan
  variables {
    buckets               = { image-source = ["s3:GetObject"] }
    amazon_linux_packages = true
  }

  assert {
    condition = sort(flatten([
      for policy in [aws_kms_key.flow_logs.policy, aws_vpc_endpoint.s3[0].policy] : [
        for statement in jsondecode(policy).Statement : "${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ])) == tolist([
      "Bucketimagesource: StringEquals",
      "OnlyTheseLogGroups: ArnEquals",
    ])
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition     = keys(one(jsondecode(aws_iam_role.flow_logs.assume_role_policy).Statement).Condition) == ["ArnLike", "StringEquals"]
    error_message = "A role is taken on for this account's own resources only."
  }
}
