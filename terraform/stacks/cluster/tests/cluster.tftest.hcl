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
    condition     = !output.aws.force_destroy && output.local.force_destroy
    error_message = "A real account must keep its images."
  }
}

run "on_aws_the_cluster_lives_in_three_zones_without_a_way_out" {
  command = plan

  variables {
    region        = run.targets.aws.region
    force_destroy = run.targets.aws.force_destroy
    access        = run.targets.aws.access
  }

  assert {
    condition     = toset(keys(output.private_subnet_ids)) == toset(["eu-west-1a", "eu-west-1b", "eu-west-1c"])
    error_message = "The nodes must live in three zones."
  }
  assert {
    condition     = toset(keys(output.node_group_names)) == toset(["system", "general"])
    error_message = "System and general nodes must be there: Karpenter makes the others."
  }
}

run "on_the_emulator_the_nodes_are_the_same" {
  command = plan

  variables {
    region        = run.targets.local.region
    force_destroy = run.targets.local.force_destroy
    access        = run.targets.local.access
  }

  assert {
    condition     = toset(keys(output.node_group_names)) == toset(["system", "general"])
    error_message = "System and general nodes must be there: Karpenter makes the others."
  }
}

run "load_balancers_and_karpenter_find_the_subnets" {
  command = plan

  assert {
    condition     = { for key, tag in aws_ec2_tag.subnet : key => tag.value if startswith(key, "eu-west-1a ") } == { "eu-west-1a karpenter.sh/discovery" = "claims", "eu-west-1a kubernetes.io/role/internal-elb" = "1" }
    error_message = "Without its tags no internal load balancer and no node of Karpenter finds a subnet."
  }
}

run "a_bucket_by_a_star_is_refused" {
  command = plan
  variables {
    buckets = { "*" = ["s3:GetObject"] }
  }
  expect_failures = [var.buckets]
}

run "images_are_scanned_and_do_not_change" {
  command = plan

  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push && repository.encryption_configuration[0].kms_key == aws_kms_key.images.arn])
    error_message = "A tag must name one image for ever, scanned and under the own key."
  }
}

run "a_repository_in_capitals_is_refused" {
  command = plan
  variables {
    image_repositories = ["Claims"]
  }
  expect_failures = [var.image_repositories]
}

run "a_region_by_its_city_is_refused" {
  command = plan
  variables {
    region = "Ireland"
  }
  expect_failures = [var.region]
}
