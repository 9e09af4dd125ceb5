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
    defaults = {
      id             = "lt-0123456789abcdef0"
      latest_version = 7
    }
  }
  mock_resource "aws_efs_access_point" {
    defaults = { arn = "arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-0123456789abcdef0" }
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
  alarm_topic_arns           = ["arn:aws:sns:eu-west-1:111122223333:rollout"]
}

run "each_user_has_one_machine" {
  command = plan

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
    condition = (
      aws_vpc_security_group_ingress_rule.home.cidr_ipv4 == null && aws_vpc_security_group_ingress_rule.home.cidr_ipv6 == null &&
      aws_vpc_security_group_ingress_rule.home.referenced_security_group_id == aws_security_group.machine.id
    )
    error_message = "The file system's door is for the machines, not for an address range."
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

run "a_user_reaches_the_own_machine_and_no_other" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for user, policy in aws_iam_role_policy.user : [
        for statement in jsondecode(policy.policy).Statement :
        statement.Condition.StringEquals == { "ssm:resourceTag/Fleet" = "fleet", "ssm:resourceTag/User" = user }
        if statement.Action == "ssm:StartSession" && strcontains(jsonencode(statement.Resource), ":instance/")
      ]
    ]))
    error_message = "A session may be opened on the user's own machine only."
  }
  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.user : [
        for statement in jsondecode(policy.policy).Statement :
        statement.Sid == "FindTheMachine" || !contains(flatten([statement.Resource]), "*")
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

run "a_failed_self_check_is_an_alarm" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.self_check_failed.comparison_operator == "GreaterThanOrEqualToThreshold" && aws_cloudwatch_metric_alarm.self_check_failed.threshold == 1 && aws_cloudwatch_metric_alarm.self_check_failed.treat_missing_data == "notBreaching"
    error_message = "One failed self-check must ring, and none must not: the rollout stops by it."
  }
  assert {
    condition     = toset(aws_cloudwatch_metric_alarm.self_check_failed.alarm_actions) == toset(["arn:aws:sns:eu-west-1:111122223333:rollout"])
    error_message = "The alarm must reach somebody."
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

run "a_user_may_connect_to_the_own_sessions_only" {
  command = plan

  assert {
    condition = alltrue([
      for user, policy in aws_iam_role_policy.user : [
        for statement in jsondecode(policy.policy).Statement : statement.Resource if statement.Action == "ssmmessages:OpenDataChannel"
      ] == [["arn:aws:ssm:eu-west-1:111122223333:session/$${aws:userid}-*", "arn:aws:ssm:eu-west-1:111122223333:session/${user}-*"]]
    ])
    error_message = "Session Manager refuses the connection without ssmmessages:OpenDataChannel on the user's own sessions."
  }
  assert {
    condition     = alltrue([for user, role in aws_iam_role.user : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["sts:RoleSessionName"] == user])
    error_message = "The session's name must be the user's id: the ids of sessions begin with it."
  }
}

run "user_numbers_are_free_and_the_same_everywhere" {
  command = plan

  assert {
    condition     = alltrue([for uid in values(output.user_ids) : uid >= 20000 && uid <= 59999]) && length(distinct(values(output.user_ids))) == 2
    error_message = "Numbers must be free on the image, where 1000 is the default user, and different."
  }
  assert {
    condition = alltrue([
      for user, point in aws_efs_access_point.home :
      point.posix_user[0].uid == output.user_ids[user] && point.root_directory[0].creation_info[0].owner_uid == output.user_ids[user] &&
      strcontains(base64decode(aws_launch_template.this[user].user_data), "USER_ID=${output.user_ids[user]}\n")
    ])
    error_message = "Machine and home directory must agree on the number."
  }
}

run "cloud_init_makes_no_default_user" {
  command = plan

  assert {
    condition     = alltrue([for template in aws_launch_template.this : yamldecode(base64decode(template.user_data)).users == []])
    error_message = "cloud-init's default user has sudo without a password."
  }
}

run "workspaces_are_mounted" {
  command = plan
  variables {
    workspaces_source = "10.20.16.10@tcp:/abcdefgh"
  }

  assert {
    condition     = alltrue([for template in aws_launch_template.this : strcontains(base64decode(template.user_data), "WORKSPACES=10.20.16.10@tcp:/abcdefgh\n")])
    error_message = "A machine must know its file system."
  }
}

run "machines_know_their_log_server" {
  command = plan
  variables {
    log_server = { url = "https://vpc-logs-0123456789.eu-west-1.es.amazonaws.com", index = "workstations" }
  }

  assert {
    condition = alltrue([for template in aws_launch_template.this :
    strcontains(base64decode(template.user_data), "LOG_SERVER=https://vpc-logs-0123456789.eu-west-1.es.amazonaws.com\n") && strcontains(base64decode(template.user_data), "LOG_INDEX=workstations\n")])
    error_message = "A machine without a server's name sends no line."
  }
}

run "machines_have_a_gpu_by_default" {
  command = plan

  assert {
    condition     = alltrue([for template in aws_launch_template.this : template.instance_type == "g4dn.xlarge" && template.block_device_mappings[0].device_name == "/dev/sda1"])
    error_message = "The default machine must have a GPU, and the encrypted volume must be the root of Ubuntu."
  }
}

run "two_users_of_one_number_are_refused" {
  command = plan
  variables {
    users = { analyst-1 = { first_wave = true, uid = 20001 }, analyst-2 = { uid = 20001 } }
  }
  expect_failures = [var.users]
}

run "the_number_of_the_images_default_user_is_refused" {
  command = plan
  variables {
    users = { analyst-1 = { first_wave = true, uid = 1000 } }
  }
  expect_failures = [var.users]
}

run "a_user_id_that_begins_anothers_is_refused" {
  command = plan
  variables {
    users = { ana = { first_wave = true }, ana-2 = {} }
  }
  expect_failures = [var.users]
}

run "an_arm_machine_is_refused" {
  command = plan
  variables {
    users = { analyst-1 = { first_wave = true, instance_type = "g5g.xlarge" } }
  }
  expect_failures = [var.users]
}

run "workspaces_servers_topics_and_devices_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    workspaces_source = "fs-0123456789abcdef0.fsx.eu-west-1.amazonaws.com"
    log_server        = { url = "http://logs.example.com", index = "workstations" }
    alarm_topic_arns  = ["rollout"]
    root_device_name  = "/dev/sdb"
  }
  expect_failures = [var.workspaces_source, var.log_server, var.alarm_topic_arns, var.root_device_name]
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

run "statements_keep_their_conditions" {
  command = plan

  assert {
    condition = distinct(sort(flatten([
      for policy in concat([aws_kms_key.this.policy, aws_efs_file_system_policy.home.policy], values(aws_iam_role_policy.user)[*].policy) : [
        for statement in jsondecode(policy).Statement : "${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ]))) == tolist([
      "AutoScalingAttachesVolumes: Bool, StringEquals",
      "AutoScalingStartsMachines: StringEquals",
      "OnlyThisFleetsLogGroups: ArnEquals",
      "OpenASessionOnTheOwnMachine: BoolIfExists, StringEquals",
      "RefusePlainText: Bool",
      "RefuseTheWholeFileSystem: Null",
      "ResumeAndEndTheOwnSessions: StringLike",
    ])
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
}
