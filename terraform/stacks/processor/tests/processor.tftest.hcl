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
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:claims-dead-letters" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/claims" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:111122223333:function:claims" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:any" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:claims-backfill" }
  }
  override_resource {
    target = module.backfill.aws_s3_bucket.this
    values = { id = "claims-backfill", arn = "arn:aws:s3:::claims-backfill" }
  }
  override_resource {
    target = aws_s3_bucket.input
    values = { id = "claims-input", arn = "arn:aws:s3:::claims-input" }
  }
  override_resource {
    target = module.processor.aws_s3_bucket.results
    values = { id = "claims-results", arn = "arn:aws:s3:::claims-results" }
  }
}

variables {
  package = "main.tf"
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

run "a_real_account_keeps_its_claims" {
  command = plan

  variables {
    region        = run.targets.aws.region
    force_destroy = run.targets.aws.force_destroy
  }

  assert {
    condition     = !aws_s3_bucket.input.force_destroy
    error_message = "Claims must not disappear with the stack."
  }
  assert {
    condition     = aws_s3_bucket.input.bucket == "claims-111122223333-eu-west-1-input"
    error_message = "The bucket's name must hold account and region."
  }
}

run "the_emulator_can_be_thrown_away" {
  command = plan

  variables {
    region        = run.targets.local.region
    force_destroy = run.targets.local.force_destroy
  }

  assert {
    condition     = aws_s3_bucket.input.force_destroy
    error_message = "The emulator's bucket must come down with what is in it."
  }
}

run "claims_are_guarded_before_they_are_processed" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.input.block_public_acls,
      aws_s3_bucket_public_access_block.input.ignore_public_acls,
      aws_s3_bucket_public_access_block.input.block_public_policy,
      aws_s3_bucket_public_access_block.input.restrict_public_buckets,
    ])
    error_message = "The input bucket must block public access in all four ways."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.input.rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.input.arn
    error_message = "Claims must be encrypted with the stack's own key."
  }
  assert {
    condition     = aws_kms_key.input.enable_key_rotation
    error_message = "The key must rotate."
  }
  assert {
    condition = jsondecode(aws_s3_bucket_policy.input.policy).Statement == [{
      Sid       = "TLSOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::claims-input", "arn:aws:s3:::claims-input/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "The input bucket must be reached over TLS only."
  }
}

run "a_package_that_is_not_there_is_refused" {
  command = plan
  variables {
    package = "nothing.zip"
  }
  expect_failures = [var.package]
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
    bucket_prefix = "Claims"
  }
  expect_failures = [var.bucket_prefix]
}

run "an_architecture_that_lambda_lacks_is_refused" {
  command = plan
  variables {
    architecture = "riscv64"
  }
  expect_failures = [var.architecture]
}

run "a_topic_by_its_name_is_refused" {
  command = plan
  variables {
    alarm_topic_arn = "alarms"
  }
  expect_failures = [var.alarm_topic_arn]
}
