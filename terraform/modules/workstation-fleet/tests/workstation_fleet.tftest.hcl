mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
      key_id = "00000000-0000-0000-0000-000000000001"
    }
  }
  mock_resource "aws_efs_file_system" {
    defaults = {
      arn = "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-0123456789abcdef0"
      id  = "fs-0123456789abcdef0"
    }
  }
  mock_resource "aws_launch_template" {
    defaults = { latest_version = 7 }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-0123456789abcdef0" }
  }
  mock_resource "aws_ssm_document" {
    defaults = { arn = "arn:aws:ssm:eu-west-1:111122223333:document/fleet-session" }
  }
}

variables {
  name                       = "fleet"
  users                      = { analyst-1 = { first_wave = true }, analyst-2 = {} }
  image_id                   = "ami-0123456789abcdef0"
  vpc_id                     = "vpc-0123456789abcdef0"
  subnet_ids                 = { a = "subnet-0123456789abcdef0", b = "subnet-0123456789abcdef1" }
  endpoint_security_group_id = "sg-0123456789abcdef0"
  s3_prefix_list_id          = "pl-0123456789abcdef0"
}

run "each_user_has_one_machine" {
  command = apply

  assert {
    condition     = toset(keys(aws_autoscaling_group.this)) == toset(["analyst-1", "analyst-2"])
    error_message = "There must be one group for each user."
  }
  assert {
    condition     = alltrue([for group in aws_autoscaling_group.this : group.min_size == 1 && group.max_size == 1 && group.desired_capacity == 1])
    error_message = "A group must hold exactly one machine."
  }
  assert {
    condition = alltrue([
      for user, group in aws_autoscaling_group.this :
      anytrue([for tag in group.tag : tag.key == "User" && tag.value == user && tag.propagate_at_launch])
    ])
    error_message = "A machine must carry its user's id, or nobody's policy reaches it."
  }
}

# The second of two runs sees the state of the first: what has an id of its own stays.
run "a_new_user_changes_nobody_elses_machine" {
  command = apply
  variables {
    users = { analyst-1 = { first_wave = true }, analyst-2 = {}, analyst-3 = {} }
  }

  assert {
    condition = alltrue([
      for user in ["analyst-1", "analyst-2"] :
      aws_launch_template.this[user].id == run.each_user_has_one_machine.launch_template_ids[user] &&
      aws_efs_access_point.home[user].arn == run.each_user_has_one_machine.access_point_arns[user]
    ])
    error_message = "A new user must not replace another user's group or home directory."
  }
  assert {
    condition     = contains(keys(aws_autoscaling_group.this), "analyst-3")
    error_message = "The new user must get a machine."
  }
}

run "a_user_who_leaves_takes_the_own_machine_only" {
  command = apply
  variables {
    users = { analyst-1 = { first_wave = true }, analyst-3 = {} }
  }

  assert {
    condition     = toset(keys(aws_autoscaling_group.this)) == toset(["analyst-1", "analyst-3"])
    error_message = "The group of a user who left must go."
  }
  assert {
    condition = alltrue([
      for user in ["analyst-1", "analyst-3"] :
      aws_efs_access_point.home[user].arn == run.a_new_user_changes_nobody_elses_machine.access_point_arns[user]
    ])
    error_message = "A user who leaves must not replace another user's group."
  }
}

run "machines_start_from_a_numbered_version" {
  command = plan

  assert {
    condition     = alltrue([for group in aws_autoscaling_group.this : can(tonumber(group.launch_template[0].version))])
    error_message = "A group must name its template's version by number: $Latest gives a dying machine an untried image."
  }
}

run "metadata_are_read_with_a_token_within_one_hop" {
  command = plan

  assert {
    condition = alltrue([
      for template in aws_launch_template.this :
      template.metadata_options[0].http_tokens == "required" && template.metadata_options[0].http_put_response_hop_limit == 1
    ])
    error_message = "IMDSv1 must be off, and metadata must not travel more than one hop."
  }
}

run "volumes_and_home_directories_are_encrypted_with_the_own_rotating_key" {
  command = plan

  assert {
    condition = alltrue([
      for template in aws_launch_template.this :
      template.block_device_mappings[0].ebs[0].encrypted == "true" && template.block_device_mappings[0].ebs[0].kms_key_id == aws_kms_key.this.arn
    ])
    error_message = "Volumes must be encrypted with the fleet's own key."
  }
  assert {
    condition     = aws_efs_file_system.home.encrypted && aws_efs_file_system.home.kms_key_id == aws_kms_key.this.arn && aws_kms_key.this.enable_key_rotation
    error_message = "Home directories must be encrypted with the fleet's own key."
  }
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.this : group.kms_key_id == aws_kms_key.this.arn && group.retention_in_days == 365])
    error_message = "Logs must be encrypted with the fleet's own key, and expire."
  }
}

run "nothing_may_connect_to_a_machine" {
  command = plan

  assert {
    condition     = aws_vpc_security_group_ingress_rule.home.security_group_id == aws_security_group.home.id && aws_vpc_security_group_ingress_rule.home.from_port == 2049
    error_message = "The only door is the file system's, for NFS."
  }
  assert {
    condition     = alltrue([for template in aws_launch_template.this : template.network_interfaces[0].associate_public_ip_address == "false" && template.key_name == null])
    error_message = "A machine has neither a public address nor an SSH key."
  }
  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_egress_rule.endpoints, aws_vpc_security_group_egress_rule.s3, aws_vpc_security_group_egress_rule.home] :
      rule.cidr_ipv4 == null && rule.cidr_ipv6 == null && contains([443, 2049], rule.to_port)
    ])
    error_message = "A machine talks to the endpoints, to S3 and to its home directory, and to no address range."
  }
}

run "home_directories_survive_and_belong_to_one_user" {
  command = apply

  assert {
    condition     = alltrue([for user, point in aws_efs_access_point.home : point.root_directory[0].path == "/${user}" && point.posix_user[0].uid == 1000])
    error_message = "Each access point must show its own user's directory."
  }
  assert {
    condition = alltrue([
      for user, template in aws_launch_template.this :
      strcontains(base64decode(template.user_data), "FILE_SYSTEM=${aws_efs_file_system.home.id}\n") &&
      strcontains(base64decode(template.user_data), "ACCESS_POINT=${aws_efs_access_point.home[user].id}\n")
    ])
    error_message = "A machine must mount its user's directory, or files are lost with the machine."
  }
  assert {
    condition = alltrue([
      for user, policy in aws_iam_role_policy.machine :
      [for statement in jsondecode(policy.policy).Statement : statement.Condition.StringEquals["elasticfilesystem:AccessPointArn"] if statement.Sid == "MountTheOwnHome"]
      == [aws_efs_access_point.home[user].arn]
    ])
    error_message = "A machine's role must mount its own user's directory only."
  }
  assert {
    condition     = toset([for statement in jsondecode(aws_efs_file_system_policy.home.policy).Statement : "${statement.Effect} ${statement.Sid}"]) == toset(["Deny RefusePlainText", "Deny RefuseTheWholeFileSystem"])
    error_message = "The file system must refuse plain text, and clients without an access point."
  }
}

run "a_user_reaches_the_own_machine_and_no_other" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for user, policy in aws_iam_role_policy.user : [
        for statement in jsondecode(policy.policy).Statement :
        statement.Condition.StringEquals == { "ssm:resourceTag/Fleet" = "fleet", "ssm:resourceTag/User" = user }
        if statement.Action == "ssm:StartSession" && strcontains(statement.Resource, ":instance/")
      ]
    ]))
    error_message = "A session may be opened on the user's own machine only."
  }
  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.user : [
        for statement in jsondecode(policy.policy).Statement :
        statement.Sid == "FindTheMachine" || statement.Resource != "*"
      ]
    ]))
    error_message = "Only looking up may be allowed everywhere."
  }
  assert {
    condition = alltrue([
      for user, role in aws_iam_role.user :
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:PrincipalTag/WorkstationUser"] == user
    ])
    error_message = "A user's role must be for whoever carries the user's id."
  }
}

run "no_policy_allows_every_action" {
  command = plan

  assert {
    condition = alltrue([
      for action in flatten([
        for policy in concat(values(aws_iam_role_policy.user), values(aws_iam_role_policy.machine)) :
        [for statement in jsondecode(policy.policy).Statement : statement.Action]
      ]) : !strcontains(action, "*")
    ])
    error_message = "A policy must name its actions one by one."
  }
}

run "silence_of_a_new_machine_ends_it" {
  command = plan

  assert {
    condition     = alltrue([for group in aws_autoscaling_group.this : alltrue([for hook in group.initial_lifecycle_hook : hook.default_result == "ABANDON" && hook.lifecycle_transition == "autoscaling:EC2_INSTANCE_LAUNCHING"])])
    error_message = "A machine that does not say that it is sound must not come into service."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.self_check_failed.treat_missing_data == "notBreaching" && output.alarm_names == [aws_cloudwatch_metric_alarm.self_check_failed.alarm_name]
    error_message = "A failed self-check must be an alarm that the rollout can ask for."
  }
}

run "sessions_are_encrypted_logged_and_not_roots" {
  command = plan

  assert {
    condition = (
      jsondecode(aws_ssm_document.session.content).inputs.cloudWatchEncryptionEnabled &&
      jsondecode(aws_ssm_document.session.content).inputs.kmsKeyId == aws_kms_key.this.arn &&
      jsondecode(aws_ssm_document.session.content).inputs.runAsDefaultUser == "workstation"
    )
    error_message = "A session must be encrypted, logged and run as the ordinary user."
  }
}

run "nobody_in_the_first_wave_is_refused" {
  command = plan
  variables {
    users = { analyst-1 = {} }
  }
  expect_failures = [var.users]
}

run "a_user_id_with_blanks_is_refused" {
  command = plan
  variables {
    users = { "Analyst 1" = { first_wave = true } }
  }
  expect_failures = [var.users]
}

run "an_instance_type_without_a_size_is_refused" {
  command = plan
  variables {
    users = { analyst-1 = { first_wave = true, instance_type = "t3" } }
  }
  expect_failures = [var.users]
}

run "an_image_that_is_looked_up_at_launch_is_refused" {
  command = plan
  variables {
    image_id = "resolve:ssm:/imagebuilder/workstations/image"
  }
  expect_failures = [var.image_id]
}

run "a_name_with_capitals_is_refused" {
  command = plan
  variables {
    name = "Fleet"
  }
  expect_failures = [var.name]
}

run "ids_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    vpc_id                     = "default"
    subnet_ids                 = { a = "private-a" }
    endpoint_security_group_id = "endpoints"
    s3_prefix_list_id          = "s3"
  }
  expect_failures = [var.vpc_id, var.subnet_ids, var.endpoint_security_group_id, var.s3_prefix_list_id]
}

run "a_volume_too_small_for_the_image_is_refused" {
  command = plan
  variables {
    root_volume_gib = 4
  }
  expect_failures = [var.root_volume_gib]
}

run "a_self_check_without_time_is_refused" {
  command = plan
  variables {
    self_check_seconds = 10
  }
  expect_failures = [var.self_check_seconds]
}

run "logs_kept_for_ever_are_refused" {
  command = plan
  variables {
    log_retention_days = 0
  }
  expect_failures = [var.log_retention_days]
}
