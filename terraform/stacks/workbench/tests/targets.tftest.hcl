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
    defaults = { names = ["eu-west-1c", "eu-west-1a", "eu-west-1b"] }
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

run "on_aws_nothing_disappears_by_mistake" {
  command = plan

  variables {
    region              = run.targets.aws.region
    deletion_protection = run.targets.aws.deletion_protection
    skip_final_snapshot = run.targets.aws.skip_final_snapshot
    force_destroy       = run.targets.aws.force_destroy
  }

  assert {
    condition     = var.deletion_protection && !var.skip_final_snapshot && !var.force_destroy
    error_message = "A real account must be protected."
  }
  assert {
    condition = (
      output.instance_name == "workbench1" && output.instance_type == "t2.micro" &&
      output.max_connections == "16000" && length(output.cluster_instances) == 2 &&
      output.reader_account_id == "001234567890" && output.user_names == tolist(["chuck", "dave", "vera"])
    )
    error_message = "On a real account the stack must be the same."
  }
}

run "on_the_emulator_everything_can_be_thrown_away" {
  command = plan

  variables {
    region              = run.targets.local.region
    deletion_protection = run.targets.local.deletion_protection
    skip_final_snapshot = run.targets.local.skip_final_snapshot
    force_destroy       = run.targets.local.force_destroy
  }

  assert {
    condition     = !var.deletion_protection && var.skip_final_snapshot && var.force_destroy
    error_message = "On the emulator the stack must come down."
  }
  assert {
    condition = (
      output.instance_name == "workbench1" && output.instance_type == "t2.micro" &&
      output.max_connections == "16000" && length(output.cluster_instances) == 2 &&
      output.reader_account_id == "001234567890" && output.user_names == tolist(["chuck", "dave", "vera"])
    )
    error_message = "On the emulator the stack must be the same."
  }
}
