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
  mock_resource "aws_fsx_lustre_file_system" {
    defaults = {
      id                    = "fs-0123456789abcdef0"
      network_interface_ids = ["eni-0123456789abcdef0"]
    }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/fsx/workspaces" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = {
      id  = "workspaces-export"
      arn = "arn:aws:s3:::workspaces-export"
    }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-0123456789abcdef0" }
  }
}

variables {
  name                     = "workspaces"
  user_ids                 = { analyst-1 = 2001, analyst-2 = 2002 }
  vpc_id                   = "vpc-0123456789abcdef0"
  subnet_id                = "subnet-0123456789abcdef0"
  cidr_block               = "10.20.16.0/20"
  client_cidr_block        = "10.20.0.0/20"
  client_security_group_id = "sg-0fedcba9876543210"
  alarm_topic_arn          = "arn:aws:sns:eu-west-1:111122223333:alarms"
}

run "the_file_system_is_persistent_and_encrypted_with_the_own_rotating_key" {
  command = plan

  assert {
    condition = (
      aws_fsx_lustre_file_system.this.deployment_type == "PERSISTENT_2" &&
      aws_fsx_lustre_file_system.this.kms_key_id == aws_kms_key.this.arn &&
      aws_kms_key.this.enable_key_rotation
    )
    error_message = "The file system must be PERSISTENT_2 and encrypted with the module's own rotating key."
  }
}

run "every_change_is_exported_and_no_deletion_comes_back" {
  command = plan

  assert {
    condition     = toset(aws_fsx_data_repository_association.this.s3[0].auto_export_policy[0].events) == toset(["NEW", "CHANGED", "DELETED"])
    error_message = "New, changed and deleted files must reach the bucket."
  }
  assert {
    condition     = toset(aws_fsx_data_repository_association.this.s3[0].auto_import_policy[0].events) == toset(["NEW"])
    error_message = "Whoever deletes or overwrites an object must not change a file."
  }
  assert {
    condition     = aws_fsx_lustre_file_system.this.automatic_backup_retention_days == 0
    error_message = "FSx refuses backups of a file system that is linked to S3."
  }
}

run "the_bucket_keeps_what_users_delete_and_is_private" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.export.versioning_configuration[0].status == "Enabled" && one(aws_s3_bucket_lifecycle_configuration.export.rule[0].noncurrent_version_expiration).noncurrent_days == 90
    error_message = "Old versions are the backup; they must be kept, and for a limited time."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.export.rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.this.arn
    error_message = "The bucket must be encrypted with the module's own key."
  }
  assert {
    condition = (
      aws_s3_bucket_public_access_block.export.block_public_acls && aws_s3_bucket_public_access_block.export.ignore_public_acls &&
      aws_s3_bucket_public_access_block.export.block_public_policy && aws_s3_bucket_public_access_block.export.restrict_public_buckets
    )
    error_message = "The bucket must be private."
  }
}

run "lustre_passes_between_the_machines_and_the_file_system_only" {
  command = plan

  assert {
    condition = alltrue([
      for rule in concat(values(aws_vpc_security_group_ingress_rule.file_system), values(aws_vpc_security_group_egress_rule.file_system)) :
      rule.ip_protocol == "tcp" && (rule.cidr_ipv4 == "10.20.0.0/20" || rule.referenced_security_group_id == "sg-0123456789abcdef0")
    ])
    error_message = "The file system may talk to the machines' range and to its own servers, and to nobody else."
  }
  assert {
    condition = alltrue([
      for rule in concat(values(aws_vpc_security_group_ingress_rule.client), values(aws_vpc_security_group_egress_rule.client)) :
      rule.ip_protocol == "tcp" && rule.cidr_ipv4 == "10.20.16.0/20"
    ])
    error_message = "A machine may talk Lustre to the file system's range only."
  }
  assert {
    condition = toset([
      for rule in concat(
        values(aws_vpc_security_group_ingress_rule.file_system), values(aws_vpc_security_group_egress_rule.file_system),
        values(aws_vpc_security_group_ingress_rule.client), values(aws_vpc_security_group_egress_rule.client),
      ) : "${rule.from_port}-${rule.to_port}"
    ]) == toset(["988-988", "1018-1023"])
    error_message = "Only Lustre's ports may be open."
  }
}

run "each_folder_belongs_to_one_user" {
  command = plan

  assert {
    condition = { for user, folder in aws_s3_object.folder : folder.key => [folder.metadata["file-owner"], folder.metadata["file-group"], folder.metadata["file-permissions"]] } == {
      "analyst-1/" = ["2001", "2001", "0040700"]
      "analyst-2/" = ["2002", "2002", "0040700"]
    }
    error_message = "Each user must own one folder that no other user can enter."
  }
  assert {
    condition     = aws_fsx_lustre_file_system.this.root_squash_configuration[0].root_squash == "65534:65534" && aws_fsx_lustre_file_system.this.root_squash_configuration[0].no_squash_nids == null
    error_message = "Root of a machine must be nobody on the file system, on every machine."
  }
}

run "statements_keep_their_conditions" {
  command = plan

  assert {
    condition = sort(flatten([
      for policy in [aws_kms_key.this.policy, aws_s3_bucket_policy.export.policy] : [
        for statement in jsondecode(policy).Statement : "${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ])) == tolist([
      "FSxThroughTheExportBucket: ArnLike, StringEquals",
      "OnlyThisLogGroup: ArnEquals",
      "RefusePlainText: Bool",
    ])
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition = jsondecode(aws_kms_key.this.policy).Statement[1].Condition == {
      ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::111122223333:role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_*" }
      StringEquals = {
        "kms:CallerAccount"                = "111122223333"
        "kms:ViaService"                   = "s3.eu-west-1.amazonaws.com"
        "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::workspaces-export-111122223333-eu-west-1"
      }
    }
    error_message = "Only FSx's role may use the key, through S3, for this bucket."
  }
}

run "an_export_that_falls_behind_reaches_somebody" {
  command = plan

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.export_behind.alarm_actions == toset(["arn:aws:sns:eu-west-1:111122223333:alarms"]) &&
      aws_cloudwatch_metric_alarm.export_behind.dimensions == tomap({ FileSystemId = "fs-0123456789abcdef0", Publisher = "AutoExport" })
    )
    error_message = "The alarm must watch the export of this file system and name a receiver."
  }
}

run "rejects_the_id_of_the_images_default_user" {
  command = plan
  variables {
    user_ids = { analyst-1 = 1000 }
  }
  expect_failures = [var.user_ids]
}

run "rejects_one_id_for_two_users" {
  command = plan
  variables {
    user_ids = { analyst-1 = 2001, analyst-2 = 2001 }
  }
  expect_failures = [var.user_ids]
}

run "rejects_a_user_name_with_a_slash" {
  command = plan
  variables {
    user_ids = { "a/b" = 2001 }
  }
  expect_failures = [var.user_ids]
}

run "rejects_clients_from_everywhere" {
  command = plan
  variables {
    client_cidr_block = "0.0.0.0/0"
  }
  expect_failures = [var.client_cidr_block]
}

run "rejects_a_file_system_range_without_a_prefix" {
  command = plan
  variables {
    cidr_block = "10.20.16.0"
  }
  expect_failures = [var.cidr_block]
}

run "rejects_a_size_that_fsx_does_not_make" {
  command = plan
  variables {
    storage_gib = 3600
  }
  expect_failures = [var.storage_gib]
}

run "rejects_a_throughput_of_another_deployment_type" {
  command = plan
  variables {
    throughput = 50
  }
  expect_failures = [var.throughput]
}

run "rejects_versions_that_expire_at_once" {
  command = plan
  variables {
    version_days = 0
  }
  expect_failures = [var.version_days]
}

run "rejects_an_alarm_without_a_receiver" {
  command = plan
  variables {
    alarm_topic_arn = ""
  }
  expect_failures = [var.alarm_topic_arn]
}

run "rejects_logs_kept_for_ever" {
  command = plan
  variables {
    log_retention_days = 0
  }
  expect_failures = [var.log_retention_days]
}

run "rejects_ids_of_the_wrong_kind" {
  command = plan
  variables {
    name                     = "Workspaces"
    vpc_id                   = "subnet-1"
    subnet_id                = "vpc-1"
    client_security_group_id = "machines"
  }
  expect_failures = [var.name, var.vpc_id, var.subnet_id, var.client_security_group_id]
}
