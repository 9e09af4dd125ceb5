mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1c", "eu-west-1a", "eu-west-1b", "eu-west-1d"] }
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
}

variables {
  access = { platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "cluster-admin" } }
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
  assert {
    condition     = !output.aws.is_emulated && output.local.is_emulated
    error_message = "A real account must get its add-ons and access entries."
  }
}

run "on_aws_the_cluster_lives_in_three_zones_without_a_way_out" {
  command = plan

  variables {
    region      = run.targets.aws.region
    max_retries = run.targets.aws.max_retries
    is_emulated = run.targets.aws.is_emulated
    access      = run.targets.aws.access
  }

  assert {
    condition     = toset(keys(output.private_subnet_ids)) == toset(["eu-west-1a", "eu-west-1b", "eu-west-1c"])
    error_message = "The nodes must live in three zones."
  }
  assert {
    condition     = toset(keys(output.node_group_names)) == toset(["system", "general", "spot", "gpu"])
    error_message = "Every type of node that the manifests know must be there."
  }
}

run "on_the_emulator_the_nodes_are_the_same" {
  command = plan

  variables {
    region      = run.targets.local.region
    max_retries = run.targets.local.max_retries
    is_emulated = run.targets.local.is_emulated
    access      = run.targets.local.access
  }

  assert {
    condition     = toset(keys(output.node_group_names)) == toset(["system", "general", "spot", "gpu"])
    error_message = "Every type of node that the manifests know must be there."
  }
}

run "a_number_of_retries_below_none_is_refused" {
  command = plan
  variables {
    max_retries = -1
  }
  expect_failures = [var.max_retries]
}

run "a_region_by_its_city_is_refused" {
  command = plan
  variables {
    region = "Ireland"
  }
  expect_failures = [var.region]
}
