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
  mock_resource "aws_db_parameter_group" {
    defaults = { name = "exercise-instance-00000001" }
  }
  mock_resource "aws_rds_cluster_parameter_group" {
    defaults = { name = "exercise-cluster-00000001" }
  }
  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
      key_id = "00000000-0000-0000-0000-000000000001"
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/db-monitoring" }
  }
}

variables {
  name                      = "db"
  availability_zones        = ["eu-west-1a", "eu-west-1b"]
  max_connections           = 16000
  vpc_id                    = "vpc-0123456789abcdef0"
  subnet_ids                = ["subnet-0000000000000000a", "subnet-0000000000000000b"]
  client_security_group_ids = { bench = "sg-0123456789abcdef0" }
}

run "two_instances_live_in_two_different_zones" {
  command = plan

  assert {
    condition     = length(aws_rds_cluster_instance.this) == 2
    error_message = "There must be exactly two instances."
  }
  assert {
    condition     = toset([for instance in aws_rds_cluster_instance.this : instance.availability_zone]) == toset(["eu-west-1a", "eu-west-1b"])
    error_message = "The two instances must live in different zones."
  }
}

run "the_instances_parameter_group_holds_the_connections" {
  command = plan

  assert {
    condition     = output.max_connections == "16000"
    error_message = "max_connections must be what was asked for, in the instance-level group."
  }
  assert {
    condition     = alltrue([for instance in aws_rds_cluster_instance.this : instance.db_parameter_group_name == aws_db_parameter_group.this.name])
    error_message = "Every instance must use the group that holds max_connections."
  }
  assert {
    condition     = !contains([for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.name], "max_connections")
    error_message = "max_connections does not belong in the cluster-level group."
  }
}

run "a_new_family_does_not_collide_with_the_old_groups" {
  command = plan

  assert {
    condition     = aws_db_parameter_group.this.name_prefix == "${var.name}-instance-" && aws_rds_cluster_parameter_group.this.name_prefix == "${var.name}-cluster-"
    error_message = "A group that is made before the old one goes needs a name that AWS completes."
  }
}

run "the_class_carries_the_connections_by_the_sum_in_the_readme" {
  command = plan

  assert {
    condition     = local.kib_needed_per_connection == 3072
    error_message = "The sum of what a session may hold has changed: change README too."
  }
  assert {
    condition     = floor(local.kib_per_connection) == 4194
    error_message = "256 GiB leave 4194 KiB for each of 16000 connections."
  }
}

run "everything_at_rest_is_encrypted_with_the_own_rotating_key" {
  command = plan

  assert {
    condition     = aws_rds_cluster.this.storage_encrypted && aws_rds_cluster.this.kms_key_id == aws_kms_key.this.arn && aws_kms_key.this.enable_key_rotation
    error_message = "The storage must be encrypted with the module's own key."
  }
  assert {
    condition     = aws_rds_cluster.this.manage_master_user_password && aws_rds_cluster.this.master_user_secret_kms_key_id == aws_kms_key.this.key_id
    error_message = "The password must be kept by Secrets Manager under the module's own key."
  }
  assert {
    condition     = alltrue([for instance in aws_rds_cluster_instance.this : instance.performance_insights_enabled && instance.performance_insights_kms_key_id == aws_kms_key.this.arn])
    error_message = "Performance insights hold query texts and must be encrypted with the module's own key."
  }
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.this : group.kms_key_id == aws_kms_key.this.arn])
    error_message = "Logs must be encrypted with the module's own key."
  }
}

run "connections_are_encrypted_and_come_from_named_groups_only" {
  command = plan

  assert {
    condition     = contains([for parameter in aws_rds_cluster_parameter_group.this.parameter : "${parameter.name}=${parameter.value}"], "require_secure_transport=ON")
    error_message = "TLS must be demanded."
  }
  assert {
    condition     = alltrue([for instance in aws_rds_cluster_instance.this : instance.publicly_accessible == false])
    error_message = "No instance may be reachable from the internet."
  }
  assert {
    condition = alltrue([
      for rule in aws_vpc_security_group_ingress_rule.mysql :
      rule.from_port == 3306 && rule.to_port == 3306 && rule.cidr_ipv4 == null && rule.referenced_security_group_id == "sg-0123456789abcdef0"
    ])
    error_message = "Only the clients' security groups may connect, and only on 3306."
  }
  assert {
    condition     = aws_rds_cluster.this.iam_database_authentication_enabled
    error_message = "IAM authentication must be on."
  }
}

run "the_cluster_is_hard_to_lose" {
  command = plan

  assert {
    condition     = aws_rds_cluster.this.deletion_protection && !aws_rds_cluster.this.skip_final_snapshot && aws_rds_cluster.this.final_snapshot_identifier == "db-final"
    error_message = "Unless told otherwise the cluster is protected and leaves a snapshot."
  }
  assert {
    condition     = aws_rds_cluster.this.backup_retention_period == 14 && aws_rds_cluster.this.copy_tags_to_snapshot && alltrue([for instance in aws_rds_cluster_instance.this : instance.copy_tags_to_snapshot])
    error_message = "Backups must be kept and tagged."
  }
  assert {
    condition     = toset(aws_rds_cluster.this.enabled_cloudwatch_logs_exports) == toset(["audit", "error", "slowquery"])
    error_message = "Audit, error and slow query logs must be exported."
  }
}

run "a_class_that_cannot_carry_the_connections_is_refused" {
  command = plan
  variables {
    instance_class = "db.r6g.4xlarge"
  }
  expect_failures = [aws_rds_cluster_instance.this]
}

run "a_smaller_class_carries_fewer_connections" {
  command = plan
  variables {
    instance_class  = "db.r6g.large"
    max_connections = 1000
  }
  assert {
    condition     = output.max_connections == "1000"
    error_message = "A smaller class must be possible for fewer connections."
  }
}

run "a_burstable_class_is_refused" {
  command = plan
  variables {
    instance_class = "db.t3.medium"
  }
  expect_failures = [var.instance_class]
}

run "more_connections_than_aurora_takes_are_refused" {
  command = plan
  variables {
    max_connections = 16001
  }
  expect_failures = [var.max_connections]
}

run "no_connections_are_refused" {
  command = plan
  variables {
    max_connections = 0
  }
  expect_failures = [var.max_connections]
}

run "half_a_connection_is_refused" {
  command = plan
  variables {
    max_connections = 100.5
  }
  expect_failures = [var.max_connections]
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

run "another_engine_is_refused" {
  command = plan
  variables {
    engine_version = "5.7"
  }
  expect_failures = [var.engine_version]
}

run "an_administrator_who_is_easily_guessed_is_refused" {
  command = plan
  variables {
    master_username = "admin"
  }
  expect_failures = [var.master_username]
}

run "a_client_by_address_is_refused" {
  command = plan
  variables {
    client_security_group_ids = { everyone = "0.0.0.0/0" }
  }
  expect_failures = [var.client_security_group_ids]
}

run "no_backups_are_refused" {
  command = plan
  variables {
    backup_retention_days = 0
  }
  expect_failures = [var.backup_retention_days]
}

run "logs_kept_for_ever_are_refused" {
  command = plan
  variables {
    log_retention_days = 0
  }
  expect_failures = [var.log_retention_days]
}

run "a_name_aws_would_not_take_and_ids_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    name       = "My--Database"
    vpc_id     = "default"
    subnet_ids = ["a", "b"]
  }
  expect_failures = [var.name, var.vpc_id, var.subnet_ids]
}

run "statements_keep_their_conditions" {
  command = plan

  assert {
    condition = sort(flatten([
      for policy in [aws_kms_key.this.policy] : [
        for statement in jsondecode(policy).Statement : "${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ])) == tolist([
      "OnlyThisClustersLogGroups: ArnLike",
    ])
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition     = keys(one(jsondecode(aws_iam_role.monitoring.assume_role_policy).Statement).Condition) == ["ArnLike", "StringEquals"]
    error_message = "A role is taken on for this account's own resources only."
  }
}
