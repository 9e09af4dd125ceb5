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
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/claims-model" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:logs" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:dead-letters" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:claims-model-retrain" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:111122223333:rule/claims-model-drift" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:eu-west-1:111122223333:repository/claims-model"
      repository_url = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims-model"
    }
  }
  override_resource {
    target = module.pipeline.aws_s3_bucket.artifacts
    values = { id = "models-111122223333-eu-west-1-artifacts", arn = "arn:aws:s3:::models-111122223333-eu-west-1-artifacts" }
  }
  override_resource {
    target = module.endpoint.aws_s3_bucket.captures
    values = { id = "models-111122223333-eu-west-1-captures", arn = "arn:aws:s3:::models-111122223333-eu-west-1-captures" }
  }
}

# Its subnets would all get one id.
override_module {
  target = module.network
  outputs = {
    vpc_id                     = "vpc-1"
    private_subnet_ids         = { eu-west-1a = "subnet-1", eu-west-1b = "subnet-2" }
    endpoint_security_group_id = "sg-1"
    s3_prefix_list_id          = "pl-1"
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

run "a_real_account_keeps_its_models_and_retrains_once_a_day" {
  command = plan

  variables {
    region            = run.targets.aws.region
    poll_seconds      = run.targets.aws.poll_seconds
    cool_down_seconds = run.targets.aws.cool_down_seconds
    force_destroy     = run.targets.aws.force_destroy
  }

  assert {
    condition     = !var.force_destroy && var.cool_down_seconds == 86400
    error_message = "Models must not disappear with the stack, and drift must not retrain all day."
  }
  assert {
    condition     = output.captures_bucket_name != output.artifacts_bucket_name
    error_message = "Captures end sooner than models and have a key of their own."
  }
}

run "the_emulator_can_be_thrown_away" {
  command = plan

  variables {
    region            = run.targets.local.region
    poll_seconds      = run.targets.local.poll_seconds
    cool_down_seconds = run.targets.local.cool_down_seconds
    force_destroy     = run.targets.local.force_destroy
  }

  assert {
    condition     = var.force_destroy
    error_message = "The emulator's buckets must come down with what is in them."
  }
}

run "a_region_by_its_city_is_refused" {
  command = plan
  variables {
    region = "Ireland"
  }
  expect_failures = [var.region]
}

run "a_prefix_in_capitals_is_refused" {
  command = plan
  variables {
    bucket_prefix = "Models"
  }
  expect_failures = [var.bucket_prefix]
}

run "a_tag_that_can_move_is_refused" {
  command = plan
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

run "a_jobs_tag_that_can_move_is_refused" {
  command = plan
  variables {
    jobs_tag = "jobs-latest"
  }
  expect_failures = [var.jobs_tag]
}

run "another_release_is_refused" {
  command = plan
  variables {
    release = "rolling"
  }
  expect_failures = [var.release]
}

run "another_way_of_hosting_is_refused" {
  command = plan
  variables {
    hosting = "lambda"
  }
  expect_failures = [var.hosting]
}

run "no_pause_between_looks_is_refused" {
  command = plan
  variables {
    poll_seconds = 0
  }
  expect_failures = [var.poll_seconds]
}

run "no_cool_down_is_refused" {
  command = plan
  variables {
    cool_down_seconds = 0
  }
  expect_failures = [var.cool_down_seconds]
}

run "a_topic_by_its_name_is_refused" {
  command = plan
  variables {
    alarm_topic_arn = "alarms"
  }
  expect_failures = [var.alarm_topic_arn]
}
