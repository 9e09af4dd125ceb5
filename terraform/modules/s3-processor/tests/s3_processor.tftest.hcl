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
    defaults = { arn = "arn:aws:s3:::claims-results", id = "claims-results" }
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
}

variables {
  name           = "claims"
  package        = "main.tf"
  input_bucket   = "claims-input"
  results_bucket = "claims-results"
}

run "the_role_allows_these_actions_on_these_resources_and_nothing_else" {
  command = plan

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      statement.Sid => { actions = statement.Action, resources = statement.Resource }
      } == {
      ReadInput                   = { actions = ["s3:GetObject", "s3:GetObjectVersion"], resources = ["arn:aws:s3:::claims-input/incoming/*"] }
      TellMissingFromForbidden    = { actions = ["s3:ListBucket"], resources = ["arn:aws:s3:::claims-input"] }
      WriteResults                = { actions = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"], resources = ["arn:aws:s3:::claims-results/results/*"] }
      FindItsUnfinishedUploads    = { actions = ["s3:ListBucketMultipartUploads"], resources = ["arn:aws:s3:::claims-results"] }
      UseItsKeyThroughItsServices = { actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = ["arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"] }
      BuryDeadLetters             = { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:eu-west-1:111122223333:claims-dead-letters"] }
      WriteLogs                   = { actions = ["logs:CreateLogStream", "logs:PutLogEvents"], resources = ["arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/claims:*"] }
      WriteTraces                 = { actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources = ["*"] }
    }
    error_message = "The role must allow exactly these actions on exactly these resources."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Effect == "Allow"])
    error_message = "A role that needs denials allows too much."
  }
  assert {
    condition     = one(jsondecode(aws_iam_role.this.assume_role_policy).Statement).Principal == { Service = "lambda.amazonaws.com" }
    error_message = "Nobody but Lambda may take the role."
  }
}

run "statements_keep_their_conditions_and_name_their_actions" {
  command = plan

  assert {
    condition = sort(flatten([
      for policy in [aws_iam_role_policy.this.policy, aws_kms_key.this.policy, aws_s3_bucket_policy.results.policy, aws_sqs_queue_policy.dead_letters.policy] : [
        for statement in jsondecode(policy).Statement : "${statement.Effect} ${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ])) == tolist([
      "Allow FindItsUnfinishedUploads: StringLike",
      "Allow OnlyThisLogGroup: ArnEquals",
      "Allow TellMissingFromForbidden: StringLike",
      "Allow UseItsKeyThroughItsServices: StringEquals",
      "Deny NoKeyOfTheCaller: Null",
      "Deny NoOtherEncryption: Null, StringNotEquals",
      "Deny NoOtherKey: Null, StringNotEquals",
      "Deny TLSOnly: Bool",
      "Deny TLSOnly: Bool",
    ])
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition = flatten([
      for policy in [aws_iam_role_policy.this.policy] : [for statement in jsondecode(policy).Statement : [for action in flatten([statement.Action]) : action if endswith(action, ":*")]]
    ]) == []
    error_message = "A role's policy must name its actions."
  }
}

run "an_encrypted_input_adds_one_permission_on_that_key" {
  command = plan

  variables {
    input_kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-00000000000a"
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      { actions = statement.Action, resources = statement.Resource } if statement.Sid == "ReadEncryptedInput"
    ] == [{ actions = ["kms:Decrypt"], resources = ["arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-00000000000a"] }]
    error_message = "The function decrypts with the input's key, and does nothing else with it."
  }
}

run "only_the_input_bucket_of_this_account_may_call_the_function" {
  command = plan

  assert {
    condition     = aws_lambda_permission.input_bucket.source_arn == "arn:aws:s3:::claims-input" && aws_lambda_permission.input_bucket.source_account == "111122223333"
    error_message = "Without the account, whoever takes over the bucket's name could call the function."
  }
  assert {
    condition     = toset([for trigger in aws_s3_bucket_notification.this.lambda_function : trigger.filter_suffix]) == toset([".csv", ".csv.gz", ".jsonl", ".jsonl.gz"]) && alltrue([for trigger in aws_s3_bucket_notification.this.lambda_function : trigger.filter_prefix == "incoming/"])
    error_message = "The trigger must be limited to the input's prefix and suffixes."
  }
}

run "failures_end_in_the_queue_and_in_alarms" {
  command = plan

  variables {
    alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:alarms"
  }

  assert {
    condition     = aws_lambda_function.this.dead_letter_config[0].target_arn == "arn:aws:sqs:eu-west-1:111122223333:claims-dead-letters"
    error_message = "What fails for good must end in the dead-letter queue."
  }
  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["dead-letters", "errors", "refused", "slow", "throttles"] && alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:111122223333:alarms"])])
    error_message = "Five alarms must go to the topic."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.comparison_operator == "GreaterThanOrEqualToThreshold" && alarm.treat_missing_data == "notBreaching"])
    error_message = "Alarms must ring from their threshold on, and not for want of work."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["refused"].namespace == "S3Processor" && aws_cloudwatch_metric_alarm.this["refused"].metric_name == "ObjectsRefused"
    error_message = "The alarm must watch the metric that the function writes."
  }
}

run "the_function_is_limited_and_encrypted" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1 && aws_lambda_function.this.runtime == "provided.al2023"
    error_message = "By default nothing is reserved: a new account has too few executions. The runtime is the custom one."
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ OUTPUT_BUCKET = "claims-results", OUTPUT_PREFIX = "results/", OUTPUT_COMPRESSION = "gzip" })
    error_message = "The function must know where its results go."
  }
  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 90 && aws_cloudwatch_log_group.this.kms_key_id != null && aws_lambda_function.this.kms_key_arn != null
    error_message = "Logs and settings must be encrypted with the own key, and logs must end."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.results.block_public_acls, aws_s3_bucket_public_access_block.results.ignore_public_acls,
      aws_s3_bucket_public_access_block.results.block_public_policy, aws_s3_bucket_public_access_block.results.restrict_public_buckets,
    ])
    error_message = "The results must not become public."
  }
  assert {
    condition     = one([for rule in aws_s3_bucket_lifecycle_configuration.results.rule : one(rule.abort_incomplete_multipart_upload).days_after_initiation if rule.id == "abort-unfinished-uploads"]) == 1
    error_message = "Uploads that a killed function left must end after a day."
  }
}

run "the_results_bucket_takes_no_object_under_another_key" {
  command = plan

  assert {
    condition = {
      for statement in jsondecode(aws_s3_bucket_policy.results.policy).Statement : statement.Sid => statement.Condition
      if statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:PutObject" && statement.Resource == "arn:aws:s3:::claims-results/*"
      } == {
      NoOtherEncryption = {
        Null            = { "s3:x-amz-server-side-encryption" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
      }
      NoOtherKey = {
        Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.this.arn }
      }
      NoKeyOfTheCaller = {
        Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = "false" }
      }
    }
    error_message = "The bucket must refuse objects under another kind of encryption, another key, or a key of the caller."
  }
}

run "results_in_the_input_bucket_are_refused" {
  command = plan
  variables {
    results_bucket = "claims-input"
  }
  expect_failures = [var.results_bucket]
}

run "a_name_with_a_blank_is_refused" {
  command = plan
  variables {
    name = "the claims"
  }
  expect_failures = [var.name]
}

run "a_missing_package_is_refused" {
  command = plan
  variables {
    package = "nowhere.zip"
  }
  expect_failures = [var.package]
}

run "an_unknown_architecture_is_refused" {
  command = plan
  variables {
    architecture = "aarch64"
  }
  expect_failures = [var.architecture]
}

run "an_input_bucket_with_a_slash_is_refused" {
  command = plan
  variables {
    input_bucket = "claims/input"
  }
  expect_failures = [var.input_bucket]
}

run "a_prefix_with_a_wildcard_is_refused" {
  command = plan
  variables {
    input_prefix = "*/"
  }
  expect_failures = [var.input_prefix]
}

run "a_suffix_that_the_function_cannot_read_is_refused" {
  command = plan
  variables {
    input_suffixes = [".parquet"]
  }
  expect_failures = [var.input_suffixes]
}

run "a_key_by_its_alias_is_refused" {
  command = plan
  variables {
    input_kms_key_arn = "alias/claims"
  }
  expect_failures = [var.input_kms_key_arn]
}

run "an_unknown_compression_is_refused" {
  command = plan
  variables {
    output_compression = "zstd"
  }
  expect_failures = [var.output_compression]
}

run "too_little_memory_is_refused" {
  command = plan
  variables {
    memory_size = 64
  }
  expect_failures = [var.memory_size]
}

run "more_time_than_lambda_gives_is_refused" {
  command = plan
  variables {
    timeout_seconds = 901
  }
  expect_failures = [var.timeout_seconds]
}

run "a_reservation_is_passed_on" {
  command = plan
  variables {
    reserved_concurrency = 10
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 10
    error_message = "A named reservation must reach the function."
  }
}

run "no_concurrency_is_refused" {
  command = plan
  variables {
    reserved_concurrency = 0
  }
  expect_failures = [var.reserved_concurrency]
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan
  variables {
    log_retention_days = 45
  }
  expect_failures = [var.log_retention_days]
}

run "a_topic_by_its_name_is_refused" {
  command = plan
  variables {
    alarm_topic_arn = "alarms"
  }
  expect_failures = [var.alarm_topic_arn]
}

run "what_is_kept_is_under_the_own_key_and_nobody_else_may_touch_the_queue" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_sqs_queue.dead_letters.kms_master_key_id != null
    error_message = "The key must change every year, and encrypt the dead letters, too."
  }
  assert {
    condition     = one(jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement).Resource == aws_sqs_queue.dead_letters.arn
    error_message = "The queue's policy speaks of the queue alone."
  }
}
