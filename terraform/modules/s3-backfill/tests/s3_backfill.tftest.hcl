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
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::claims-backfill", id = "claims-backfill" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/backfill" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:any" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:backfill" }
  }
}

variables {
  name         = "backfill"
  function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:claims"
  input_bucket = "claims-input"
  bucket       = "claims-backfill"
}

run "the_function_gets_the_event_that_s3_itself_would_send" {
  command = plan

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Objects.ItemProcessor.States.Process.Parameters == {
      FunctionName = "arn:aws:lambda:eu-west-1:111122223333:function:claims"
      Payload = {
        Records = [{
          eventName = "ObjectCreated:Backfill"
          s3        = { bucket = { "name.$" = "$.Bucket" }, object = { "key.$" = "$.Key", "versionId.$" = "$.VersionId", "eTag.$" = "$.ETag" } }
        }]
      }
    }
    error_message = "The key must stay URL-encoded, and the version must be named: else a rerun writes other results."
  }
  assert {
    condition     = !strcontains(aws_sfn_state_machine.this.definition, "\\u00")
    error_message = "States language takes no escaped characters in paths."
  }
}

run "only_current_versions_with_a_wanted_suffix_are_processed" {
  command = plan

  variables {
    input_suffixes = [".csv"]
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Objects.ItemProcessor.States.IsWanted == {
      Type = "Choice"
      Choices = [{
        And = [
          { Variable = "$.IsLatest", StringEquals = "true" },
          { Variable = "$.IsDeleteMarker", StringEquals = "false" },
          { Or = [{ Variable = "$.Key", StringMatches = "*.csv" }] },
        ]
        Next = "ReadSize"
      }]
      Default = "PassOver"
    }
    error_message = "Old versions and delete markers are in the inventory, and must be passed over."
  }
}

run "limits_reach_the_map" {
  command = plan

  variables {
    max_concurrency              = 7
    max_object_bytes             = 1000
    tolerated_failure_percentage = 2.5
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.Objects.MaxConcurrency == 7 &&
      jsondecode(aws_sfn_state_machine.this.definition).States.Objects.ToleratedFailurePercentage == 2.5 &&
      jsondecode(aws_sfn_state_machine.this.definition).States.Objects.ItemProcessor.States.FitsInTime.Choices[0].NumericLessThanEquals == 1000
    )
    error_message = "Concurrency, tolerance and size limit must be the variables'."
  }
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.IsWhole.Choices[0].NumericEqualsPath == "$.count.total" &&
      jsondecode(aws_sfn_state_machine.this.definition).States.IsWhole.Default == "ObjectsFailed"
    )
    error_message = "A run whose failures are tolerated must still end as failed."
  }
  assert {
    # An express execution ends after 300 seconds, and says less about it than a task that timed out.
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Objects.ItemProcessor.ProcessorConfig == { Mode = "DISTRIBUTED", ExecutionType = "EXPRESS" } && jsondecode(aws_sfn_state_machine.this.definition).States.Objects.ItemProcessor.States.Process.TimeoutSeconds < 300
    error_message = "The task must end before its express execution."
  }
}

run "the_inventory_lists_what_the_machine_reads" {
  command = plan

  assert {
    condition = (
      aws_s3_bucket_inventory.this.included_object_versions == "All" &&
      toset(aws_s3_bucket_inventory.this.optional_fields) == toset(["Size", "ETag"]) &&
      one(one(aws_s3_bucket_inventory.this.destination).bucket).format == "CSV"
    )
    error_message = "Version ids come with all versions only, and Step Functions reads CSV only."
  }
}

run "the_role_allows_these_actions_on_these_resources_and_nothing_else" {
  command = plan

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      statement.Sid => { actions = statement.Action, resources = statement.Resource } if statement.Sid != "DeliverLogsAndTraces"
      } == {
      CallTheFunction         = { actions = ["lambda:InvokeFunction"], resources = ["arn:aws:lambda:eu-west-1:111122223333:function:claims"] }
      ReadTheInventory        = { actions = ["s3:GetObject"], resources = ["arn:aws:s3:::claims-backfill/inventory/*"] }
      WriteTheRun             = { actions = ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"], resources = ["arn:aws:s3:::claims-backfill/runs/*"] }
      UseTheKeyThroughS3      = { actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = ["arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"] }
      RunObjects              = { actions = ["states:StartExecution"], resources = ["arn:aws:states:eu-west-1:111122223333:stateMachine:backfill"] }
      FollowAndRedriveObjects = { actions = ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"], resources = ["arn:aws:states:eu-west-1:111122223333:execution:backfill/*"] }
      CountObjects            = { actions = ["states:DescribeMapRun"], resources = ["arn:aws:states:eu-west-1:111122223333:mapRun:backfill/*"] }
    }
    error_message = "The role must allow exactly these actions on exactly these resources."
  }
}

run "only_s3_itself_writes_the_inventory_and_only_for_the_input_bucket" {
  command = plan

  assert {
    condition = alltrue([
      for policy in [aws_s3_bucket_policy.this.policy, aws_kms_key.this.policy] : [
        for statement in jsondecode(policy).Statement : statement.Condition if statement.Sid == "InventoryOfTheInputBucket" && statement.Principal == { Service = "s3.amazonaws.com" }
        ] == [{
          StringEquals = { "aws:SourceAccount" = "111122223333" }
          ArnLike      = { "aws:SourceArn" = "arn:aws:s3:::claims-input" }
      }]
    ])
    error_message = "Without both conditions, the inventory of another bucket could be written, and read as work."
  }
  assert {
    condition     = one([for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement.Resource if statement.Effect == "Allow"]) == "arn:aws:s3:::claims-backfill/inventory/*"
    error_message = "S3 writes inventories, and not runs."
  }
}

run "the_bucket_is_private_and_encrypted" {
  command = plan

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "All four public access blocks must be on."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
    error_message = "The bucket must be encrypted with its own key."
  }
  assert {
    condition     = one([for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement.Condition if statement.Sid == "TLSOnly"]) == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "Plain HTTP must be refused."
  }
}

run "a_run_must_be_able_to_fail" {
  command = plan
  variables {
    tolerated_failure_percentage = 100
  }
  expect_failures = [var.tolerated_failure_percentage]
}

run "no_limit_on_concurrency_is_rejected" {
  command = plan
  variables {
    max_concurrency = 0
  }
  expect_failures = [var.max_concurrency]
}

run "the_input_bucket_is_not_the_own_bucket" {
  command = plan
  variables {
    bucket = "claims-input"
  }
  expect_failures = [var.bucket]
}

run "a_suffix_that_url_encoding_would_change_is_rejected" {
  command = plan
  variables {
    input_suffixes = [".csv+gz"]
  }
  expect_failures = [var.input_suffixes]
}

run "a_function_version_is_rejected" {
  command = plan
  variables {
    function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:claims:1"
  }
  # The role names the function without a version.
  expect_failures = [var.function_arn]
}

run "a_prefix_without_a_slash_is_rejected" {
  command = plan
  variables {
    input_prefix = "incoming"
  }
  expect_failures = [var.input_prefix]
}

run "a_size_limit_of_nothing_is_rejected" {
  command = plan
  variables {
    max_object_bytes = 0
  }
  expect_failures = [var.max_object_bytes]
}

run "a_bad_name_is_rejected" {
  command = plan
  variables {
    name = "Backfill"
  }
  expect_failures = [var.name]
}

run "a_bad_input_bucket_is_rejected" {
  command = plan
  variables {
    input_bucket = "Claims"
  }
  expect_failures = [var.input_bucket]
}

run "an_unknown_log_retention_is_rejected" {
  command = plan
  variables {
    log_retention_days = 89
  }
  expect_failures = [var.log_retention_days]
}
