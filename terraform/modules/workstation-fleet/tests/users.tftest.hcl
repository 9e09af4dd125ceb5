# Applied against the mocked provider, one run after another on the same state: an id that
# stays is a resource that was not replaced.
mock_provider "aws" {
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

run "two_users" {
  command = apply

  assert {
    condition     = toset(keys(aws_autoscaling_group.this)) == toset(["analyst-1", "analyst-2"])
    error_message = "There must be one group for each user."
  }
}

run "a_new_user_changes_nobody_elses_machine" {
  command = apply
  variables {
    users = { analyst-1 = { first_wave = true }, analyst-2 = {}, analyst-3 = {} }
  }

  assert {
    condition = alltrue([
      for user in ["analyst-1", "analyst-2"] :
      aws_efs_access_point.home[user].arn == run.two_users.access_point_arns[user]
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

run "home_directories_survive_and_belong_to_one_user" {
  command = apply

  assert {
    condition     = alltrue([for user, point in aws_efs_access_point.home : point.root_directory[0].path == "/${user}" && point.posix_user[0].uid == output.user_ids[user]])
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
