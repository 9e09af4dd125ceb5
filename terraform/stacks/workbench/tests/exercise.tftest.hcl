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

run "the_instance_is_a_t2_micro_named_workbench1" {
  command = plan

  assert {
    condition     = output.instance_name == "workbench1"
    error_message = "The instance must be named workbench1."
  }
  assert {
    condition     = output.instance_type == "t2.micro"
    error_message = "The instance must be a t2.micro."
  }
}

run "the_cluster_has_two_instances_in_two_zones" {
  command = plan

  assert {
    condition     = toset(keys(output.cluster_instances)) == toset(["eu-west-1a", "eu-west-1b"])
    error_message = "The cluster must have two instances, each in a zone of its own."
  }
}

run "an_instance_takes_16000_connections_at_once" {
  command = plan

  assert {
    condition     = output.max_connections == "16000"
    error_message = "max_connections must be 16000, neither more nor less."
  }
}

run "the_workbench_reaches_the_database_on_its_port" {
  command = plan

  assert {
    condition = (
      aws_vpc_security_group_egress_rule.workbench_to_database.from_port == 3306 &&
      aws_vpc_security_group_egress_rule.workbench_to_database.to_port == 3306
    )
    error_message = "The workbench must reach the database on 3306 and nothing else of it."
  }
}

run "the_buckets_are_two_and_named_after_account_and_region" {
  command = plan

  assert {
    condition = (
      output.public_bucket_name == "workbench-111122223333-eu-west-1-public" &&
      output.private_bucket_name == "workbench-111122223333-eu-west-1-private"
    )
    error_message = "The buckets must be named after account and region, so that no two stacks clash."
  }
}

run "the_reader_account_keeps_its_zeros" {
  command = plan

  assert {
    condition     = output.reader_account_id == "001234567890"
    error_message = "The private bucket must be open to account 001234567890, zeros included."
  }
}

run "the_group_has_vera_chuck_and_dave" {
  command = plan

  assert {
    condition     = output.user_names == tolist(["chuck", "dave", "vera"])
    error_message = "The group must have the users vera, chuck and dave."
  }
  assert {
    condition     = output.group_name == "workbench-users"
    error_message = "The group must be named workbench-users."
  }
}

run "a_number_as_account_id_is_refused" {
  command = plan
  variables {
    reader_account_id = 001234567890
  }
  expect_failures = [var.reader_account_id]
}

run "a_bucket_prefix_that_leaves_no_room_is_refused" {
  command = plan
  variables {
    bucket_prefix = "a-prefix-that-is-too-long"
  }
  expect_failures = [var.bucket_prefix]
}

run "a_zone_as_region_is_refused" {
  command = plan
  variables {
    region = "eu-west-1a"
  }
  expect_failures = [var.region]
}
