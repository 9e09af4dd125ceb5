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
  mock_resource "aws_security_group" {
    defaults = { id = "sg-00000000000000001" }
  }
  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
      key_id = "00000000-0000-0000-0000-000000000001"
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/logs-reader" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/opensearch/logs/application" }
  }
  mock_resource "aws_opensearch_domain" {
    defaults = { endpoint = "vpc-logs-0123456789.eu-west-1.es.amazonaws.com" }
  }
}

variables {
  name                      = "logs"
  vpc_id                    = "vpc-0123456789abcdef0"
  subnet_ids                = { eu-west-1a = "subnet-0123456789abcdef0", eu-west-1b = "subnet-0123456789abcdef1", eu-west-1c = "subnet-0123456789abcdef2" }
  client_security_group_ids = { machines = "sg-0123456789abcdef0" }
  writer_role_arns          = ["arn:aws:iam::111122223333:role/machine-bob", "arn:aws:iam::111122223333:role/machine-ana"]
  lifecycle_role_arn        = "arn:aws:iam::111122223333:role/prometheus"
  alarm_topic_arn           = "arn:aws:sns:eu-west-1:111122223333:rollout"
}

run "the_domain_is_in_the_vpc_and_reached_by_named_groups" {
  command = plan

  assert {
    condition     = aws_opensearch_domain.this.vpc_options[0].subnet_ids == toset(values(var.subnet_ids)) && aws_opensearch_domain.this.vpc_options[0].security_group_ids == toset([aws_security_group.this.id])
    error_message = "Without a VPC the domain has a public address."
  }
  assert {
    condition = alltrue([for rule in values(aws_vpc_security_group_ingress_rule.clients) :
    rule.from_port == 443 && rule.to_port == 443 && rule.cidr_ipv4 == null && rule.referenced_security_group_id == "sg-0123456789abcdef0"])
    error_message = "Only the named groups reach the domain, by HTTPS."
  }
  assert {
    condition = alltrue([for rule in values(aws_vpc_security_group_egress_rule.clients) :
    rule.security_group_id == "sg-0123456789abcdef0" && rule.to_port == 443 && rule.referenced_security_group_id == aws_security_group.this.id])
    error_message = "Machines without a way out need a rule for the domain."
  }
}

run "lines_are_encrypted_at_rest_between_nodes_and_on_the_way" {
  command = plan

  assert {
    condition = (
      aws_opensearch_domain.this.encrypt_at_rest[0].enabled && aws_opensearch_domain.this.encrypt_at_rest[0].kms_key_id == aws_kms_key.this.arn &&
      aws_opensearch_domain.this.node_to_node_encryption[0].enabled && aws_kms_key.this.enable_key_rotation
    )
    error_message = "Disks have the own key, and nodes speak TLS."
  }
  assert {
    condition     = aws_opensearch_domain.this.domain_endpoint_options[0].enforce_https && aws_opensearch_domain.this.domain_endpoint_options[0].tls_security_policy == "Policy-Min-TLS-1-2-PFS-2023-10"
    error_message = "TLS 1.2 with forward secrecy is the least."
  }
}

run "machines_write_by_bulk_readers_read_and_nobody_else_is_named" {
  command = plan

  assert {
    condition = { for statement in jsondecode(aws_opensearch_domain.this.access_policies).Statement : statement.Sid => [statement.Principal.AWS, statement.Action, statement.Resource] } == {
      WriteByBulk = [
        ["arn:aws:iam::111122223333:role/machine-ana", "arn:aws:iam::111122223333:role/machine-bob"], "es:ESHttpPost",
        "arn:aws:es:eu-west-1:111122223333:domain/logs/workstations-*/_bulk",
      ]
      Read = [
        "arn:aws:iam::111122223333:role/logs-reader", ["es:ESHttpGet", "es:ESHttpHead"],
        "arn:aws:es:eu-west-1:111122223333:domain/logs/workstations-*",
      ]
      SetTheLifecycle = [
        "arn:aws:iam::111122223333:role/prometheus", ["es:ESHttpGet", "es:ESHttpPut"],
        ["arn:aws:es:eu-west-1:111122223333:domain/logs/_index_template/workstations", "arn:aws:es:eu-west-1:111122223333:domain/logs/_plugins/_ism/policies/workstations"],
      ]
      ApplyTheLifecycle = [
        "arn:aws:iam::111122223333:role/prometheus", "es:ESHttpPost",
        ["arn:aws:es:eu-west-1:111122223333:domain/logs/_plugins/_ism/add/workstations-*", "arn:aws:es:eu-west-1:111122223333:domain/logs/_plugins/_ism/change_policy/workstations-*"],
      ]
    }
    error_message = "Each role has its own paths and methods."
  }
  assert {
    condition     = aws_opensearch_domain.this.advanced_options["rest.action.multi.allow_explicit_index"] == "false"
    error_message = "The body of a bulk request could name another index than the path that the policy allows."
  }
  assert {
    condition     = jsondecode(aws_iam_role.reader.assume_role_policy).Statement[0].Condition == { StringEquals = { "aws:PrincipalTag/LogReader" = "logs" } }
    error_message = "Only people who are tagged as readers become one."
  }
}

run "a_zone_may_be_lost" {
  command = plan

  assert {
    condition     = aws_opensearch_domain.this.cluster_config[0].instance_count == 3 && aws_opensearch_domain.this.cluster_config[0].zone_awareness_config[0].availability_zone_count == 3
    error_message = "Two of three nodes are still a majority."
  }
}

run "the_team_hears_when_lines_are_lost_or_soon_will_be" {
  command = plan

  assert {
    condition     = { for name, alarm in aws_cloudwatch_metric_alarm.this : alarm.metric_name => alarm.threshold } == { "ClusterStatus.red" = 1, ClusterIndexWritesBlocked = 1, KMSKeyInaccessible = 1, FreeStorageSpace = 12800 }
    error_message = "Red, blocked, without its key, or three quarters full."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([var.alarm_topic_arn]) && alarm.dimensions == tomap({ DomainName = "logs", ClientId = "111122223333" })])
    error_message = "Each alarm watches this domain and has a receiver."
  }
}

run "the_domains_own_log_is_kept_and_written_by_this_domain_alone" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.this.kms_key_id == aws_kms_key.this.arn && aws_cloudwatch_log_group.this.retention_in_days == 365
    error_message = "The log has an own key and an end."
  }
  assert {
    condition = jsondecode(aws_cloudwatch_log_resource_policy.this.policy_document).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "111122223333" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:es:eu-west-1:111122223333:domain/logs" }
    }
    error_message = "Another account's domain could write into the log."
  }
}

run "senders_learn_server_index_and_retention" {
  command = plan

  assert {
    condition     = output.server == { url = "https://vpc-logs-0123456789.eu-west-1.es.amazonaws.com", index = "workstations", retention_days = 90 }
    error_message = "What senders need must be what the domain has."
  }
}

run "values_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    name                      = "Logs"
    vpc_id                    = "default"
    subnet_ids                = { eu-west-1a = "subnet-0123456789abcdef0", eu-west-1b = "subnet-0123456789abcdef1" }
    client_security_group_ids = { everybody = "0.0.0.0/0" }
    index                     = "*"
    writer_role_arns          = ["arn:aws:iam::111122223333:role/*"]
    lifecycle_role_arn        = "*"
    alarm_topic_arn           = ""
    engine_version            = "OpenSearch_1.3"
    instance_type             = "t3.small.search"
    volume_gib                = 5
    retention_days            = 0
    log_retention_days        = 0
  }
  expect_failures = [
    var.name, var.vpc_id, var.subnet_ids, var.client_security_group_ids, var.index, var.writer_role_arns,
    var.lifecycle_role_arn, var.alarm_topic_arn, var.engine_version, var.instance_type, var.volume_gib,
    var.retention_days, var.log_retention_days,
  ]
}
