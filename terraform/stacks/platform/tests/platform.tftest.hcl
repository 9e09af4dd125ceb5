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
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1c", "eu-west-1a", "eu-west-1b", "eu-west-1d"] }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-0123456789abcdef0" }
  }
  mock_resource "aws_vpc" {
    defaults = { id = "vpc-0123456789abcdef0" }
  }
  mock_resource "aws_subnet" {
    defaults = { id = "subnet-0123456789abcdef0" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-0123456789abcdef0" }
  }
  mock_resource "aws_vpc_endpoint" {
    defaults = { prefix_list_id = "pl-0123456789abcdef0" }
  }
  mock_resource "aws_fsx_lustre_file_system" {
    defaults = {
      id                    = "fs-0123456789abcdef0"
      mount_name            = "abcdefgh"
      network_interface_ids = ["eni-0123456789abcdef0"]
    }
  }
  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
      key_id = "00000000-0000-0000-0000-000000000001"
    }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:any" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/any" }
  }
  mock_resource "aws_launch_template" {
    defaults = {
      id             = "lt-0123456789abcdef0"
      latest_version = 1
    }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:111122223333:rollout" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:rollout" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:rollout" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = {
      arn = "arn:aws:s3:::image-source"
      id  = "image-source"
    }
  }
  mock_resource "aws_imagebuilder_component" {
    defaults = { arn = "arn:aws:imagebuilder:eu-west-1:111122223333:component/any/1.0.0/1" }
  }
  mock_resource "aws_imagebuilder_image_recipe" {
    defaults = { arn = "arn:aws:imagebuilder:eu-west-1:111122223333:image-recipe/image/1.0.0" }
  }
  mock_resource "aws_imagebuilder_infrastructure_configuration" {
    defaults = { arn = "arn:aws:imagebuilder:eu-west-1:111122223333:infrastructure-configuration/image" }
  }
  mock_resource "aws_imagebuilder_distribution_configuration" {
    defaults = { arn = "arn:aws:imagebuilder:eu-west-1:111122223333:distribution-configuration/image" }
  }
}

variables {
  alert_email       = "platform@example.com"
  github_repository = "example/infrastructure"
  package_mirror = {
    url        = "https://package-mirror.s3.eu-west-1.amazonaws.com/ubuntu"
    key_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }
}

run "targets" {
  command = plan

  module {
    source = "./tests/targets"
  }

  assert {
    condition     = toset(keys(output.aws)) == toset(keys(output.local))
    error_message = "Both targets must set the same variables."
  }
}

run "on_aws_images_are_built_and_rolled_out_slowly" {
  command = plan

  variables {
    region         = run.targets.aws.region
    force_destroy  = run.targets.aws.force_destroy
    rollout        = run.targets.aws.rollout
    package_mirror = run.targets.aws.package_mirror
  }

  assert {
    condition     = length(module.golden_image) == 3 && contains(keys(output.kms_key_arns), "image_icinga")
    error_message = "A real account must build its images."
  }
  assert {
    condition     = var.rollout.soak_seconds >= 600 && !var.force_destroy
    error_message = "A real account must soak longer than the alarm's five minutes, and keep its bucket."
  }
  assert {
    condition = aws_s3_bucket_policy.mirror.bucket == "package-mirror" && [
      for statement in jsondecode(aws_s3_bucket_policy.mirror.policy).Statement : try(length(statement.Condition.StringEquals["aws:SourceVpce"]), 0)
    ] == [2, 0]
    error_message = "The mirror must let in the endpoints of both networks that install packages, and nobody else."
  }
  assert {
    condition     = alltrue([for subnets in values(output.private_subnet_ids) : toset(keys(subnets)) == toset(["eu-west-1a", "eu-west-1b", "eu-west-1c"])])
    error_message = "Each network must have a subnet in three zones."
  }
}

run "prometheus_is_beside_the_workstations_and_icinga_in_support" {
  command = plan

  assert {
    condition     = toset(keys(output.support_machines)) == toset(["prometheus", "icinga"])
    error_message = "Prometheus and Icinga must watch the workstations."
  }
  assert {
    condition     = toset(keys(output.publisher_role_arns)) == toset(["workstation", "prometheus", "icinga"])
    error_message = "A merge must be able to publish each image."
  }
}

run "logs_go_to_a_server_beside_the_workstations" {
  command = plan

  assert {
    condition     = output.logs.index == "workstations" && length(output.logs.alarm_names) == 4 && contains(keys(output.kms_key_arns), "logs")
    error_message = "Machines must have a log server with an own key, and the team must hear of it."
  }
}

run "three_networks_are_connected_as_drawn" {
  command = plan

  assert {
    condition     = toset(keys(output.vpc_ids)) == toset(["user", "fsx", "support"]) && length(distinct(values(output.vpc_cidr_blocks))) == 3
    error_message = "There must be three networks, each with a range of its own."
  }
  assert {
    condition     = toset(output.transit_routes) == toset(["fsx to user", "support to user", "user to fsx", "user to support"])
    error_message = "User and fsx, and support and user, must reach each other; support and fsx must not."
  }
}

run "each_user_has_one_number_on_machines_and_folders" {
  command = plan
  variables {
    users = { analyst-1 = { first_wave = true, uid = 20001 }, analyst-2 = {} }
  }

  assert {
    condition     = output.user_ids["analyst-1"] == 20001 && output.user_ids["analyst-2"] >= 20000
    error_message = "The numbers that own folders in /workspaces must be those that the machines use."
  }
}

run "a_region_by_its_city_is_refused" {
  command = plan
  variables {
    region = "Ireland"
  }
  expect_failures = [var.region]
}
