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
    defaults = { arn = "arn:aws:s3:::models-artifacts", id = "models-artifacts" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = { arn = "arn:aws:ecr:eu-west-1:111122223333:repository/claims-model" }
  }
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/claims-model-retrain" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:claims-model-drift-dead-letters" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:claims-model-retrain" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:111122223333:rule/claims-model-drift" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:retrain" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-00000000000000001" }
  }
  override_resource {
    target = aws_iam_role.jobs
    values = { arn = "arn:aws:iam::111122223333:role/claims-model-jobs" }
  }
  override_resource {
    target = aws_iam_role.pipeline
    values = { arn = "arn:aws:iam::111122223333:role/claims-model-pipeline" }
  }
  override_resource {
    target = aws_iam_role.retrain
    values = { arn = "arn:aws:iam::111122223333:role/claims-model-retrain" }
  }
  override_resource {
    target = aws_iam_role.events
    values = { arn = "arn:aws:iam::111122223333:role/claims-model-retrain-events" }
  }
}

variables {
  name                       = "claims-model"
  artifacts_bucket           = "models-artifacts"
  vpc_id                     = "vpc-1"
  subnet_ids                 = ["subnet-1", "subnet-2"]
  endpoint_security_group_id = "sg-1"
  s3_prefix_list_id          = "pl-1"
}

run "the_pipeline_starts_jobs_in_the_vpc_and_approves_nothing" {
  command = plan

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.pipeline.policy).Statement : statement.Sid => flatten([statement.Action])
      } == {
      StartJobsInTheVPC = ["sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"]
      FollowItsJobs     = ["sagemaker:AddTags", "sagemaker:DescribeProcessingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopProcessingJob", "sagemaker:StopTrainingJob"]
      RegisterModels    = ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"]
      ReadReports       = ["s3:GetObject"]
      ReadThemEncrypted = ["kms:Decrypt"]
      GiveJobsTheirRole = ["iam:PassRole"]
    }
    error_message = "The pipeline must have exactly these rights; to approve a model is not among them."
  }
  assert {
    condition = one([
      for statement in jsondecode(aws_iam_role_policy.pipeline.policy).Statement : statement.Condition if statement.Sid == "StartJobsInTheVPC"
    ]) == { "ForAllValues:StringEquals" = { "sagemaker:VpcSubnets" = ["subnet-1", "subnet-2"] }, Null = { "sagemaker:VpcSubnets" = "false" } }
    error_message = "A job without the private subnets must not start."
  }
  assert {
    condition     = one(jsondecode(aws_sagemaker_model_package_group_policy.this.resource_policy).Statement).Effect == "Deny" && one(jsondecode(aws_sagemaker_model_package_group_policy.this.resource_policy).Statement).Action == "sagemaker:UpdateModelPackage"
    error_message = "Whatever its role is given later, the pipeline must not approve models."
  }
}

run "jobs_may_encrypt_their_volumes_with_the_own_key" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.jobs.policy).Statement : { resource = statement.Resource, condition = statement.Condition }
      if statement.Action == "kms:CreateGrant"
    ] == [{ resource = aws_kms_key.this.arn, condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } } }]
    error_message = "A job with VolumeKmsKeyId does not start unless its role may make a grant for an AWS resource."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.jobs.policy).Statement : statement.Resource if statement.Action == "kms:Encrypt"] == [aws_kms_key.this.arn]
    error_message = "A job whose output has a key needs kms:Encrypt with that key."
  }
}

run "statements_keep_their_conditions_and_name_their_actions" {
  command = plan

  assert {
    condition = merge([
      for policy in [aws_iam_role_policy.pipeline.policy, aws_iam_role_policy.jobs.policy, aws_iam_role_policy.retrain.policy, aws_iam_role_policy.events.policy, aws_kms_key.this.policy, aws_s3_bucket_policy.artifacts.policy, aws_sqs_queue_policy.dead_letters.policy] :
      { for statement in jsondecode(policy).Statement : statement.Sid => keys(statement.Condition) if can(statement.Condition) }
      ]...) == {
      EncryptVolumes           = ["Bool"]
      GiveJobsTheirRole        = ["StringEquals"]
      OnlyThisLogGroup         = ["ArnEquals"]
      OnlyThisRule             = ["ArnEquals"]
      OwnRules                 = ["StringEquals"]
      ReadThemEncrypted        = ["StringEquals"]
      ReportItsMachines        = ["StringLike"]
      StartJobsInTheVPC        = ["ForAllValues:StringEquals", "Null"]
      TLSOnly                  = ["Bool"]
      UseTheKeyThroughS3       = ["StringEquals"]
      UseTheKeyThroughTheTable = ["StringEquals"]
    }
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition = toset(flatten([
      for policy in [aws_iam_role_policy.pipeline.policy, aws_iam_role_policy.jobs.policy, aws_iam_role_policy.retrain.policy, aws_iam_role_policy.events.policy, aws_kms_key.this.policy, aws_s3_bucket_policy.artifacts.policy, aws_sqs_queue_policy.dead_letters.policy] : [for statement in jsondecode(policy).Statement : statement.Sid if statement.Effect == "Deny"]
    ])) == toset(["TLSOnly"])
    error_message = "What is denied must stay denied."
  }
  assert {
    condition = flatten([
      for policy in [aws_iam_role_policy.pipeline.policy, aws_iam_role_policy.jobs.policy, aws_iam_role_policy.retrain.policy, aws_iam_role_policy.events.policy] : [for statement in jsondecode(policy).Statement : [for action in flatten([statement.Action]) : action if endswith(action, ":*")]]
    ]) == []
    error_message = "A role's policy must name its actions."
  }
  assert {
    condition     = [for role in [aws_iam_role.pipeline, aws_iam_role.jobs, aws_iam_role.retrain, aws_iam_role.events] : keys(jsondecode(role.assume_role_policy).Statement[0].Condition)] == [["StringEquals"], ["StringEquals"], ["ArnLike", "StringEquals"], ["ArnEquals"]]
    error_message = "A service must take a role on for this account's own work only."
  }
}

run "only_what_knows_no_resource_is_allowed_everywhere" {
  command = plan

  assert {
    condition = flatten([
      for policy in [aws_iam_role_policy.pipeline, aws_iam_role_policy.jobs, aws_iam_role_policy.retrain, aws_iam_role_policy.events] : [
        for statement in jsondecode(policy.policy).Statement : statement.Sid if contains(flatten([statement.Resource]), "*")
      ]
    ]) == ["ReportItsMachines", "SignInToTheRegistryAndLookAtTheNetwork", "DeliverLogs"]
    error_message = "Every other statement must name its resources."
  }
}

run "images_keep_their_tags_and_are_scanned" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push && aws_ecr_repository.this.encryption_configuration[0].encryption_type == "KMS"
    error_message = "A tag must name one image for ever, scanned and encrypted with an own key."
  }
  assert {
    condition     = one(jsondecode(aws_ecr_lifecycle_policy.this.policy).rules).selection.tagStatus == "untagged"
    error_message = "An approved model's image must not expire."
  }
}

run "one_retraining_at_a_time" {
  command = plan

  assert {
    condition     = jsondecode(aws_sfn_state_machine.retrain.definition).States.TakeLock.Parameters.ConditionExpression == "attribute_not_exists(id) OR holder = :me"
    error_message = "Without the condition two events start two retrainings."
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.retrain.definition).States.IsPipelineOver.Choices[1].Next == "CoolDown" && jsondecode(aws_sfn_state_machine.retrain.definition).States.CoolDown.Next == "Release"
    error_message = "The lock must be kept until the cool-down is over."
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.retrain.definition).States.Settings.Result.coolDownSeconds == 86400
    error_message = "The cool-down is Terraform's."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.drift.event_pattern).detail.model == ["claims-model"] && jsondecode(aws_cloudwatch_event_rule.drift.event_pattern).account == ["111122223333"]
    error_message = "Another model's or account's drift must start nothing."
  }
  assert {
    condition     = aws_cloudwatch_event_target.retrain.dead_letter_config[0].arn == aws_sqs_queue.dead_letters.arn
    error_message = "An event that cannot start it must be kept."
  }
}

run "a_retraining_that_fails_is_an_alarm" {
  command = plan

  variables {
    alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:alarms"
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.retrain : alarm.comparison_operator == "GreaterThanOrEqualToThreshold" && alarm.threshold == 1 && alarm.treat_missing_data == "notBreaching" && alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:111122223333:alarms"])])
    error_message = "One failure must ring, no failure must not, and somebody must hear it."
  }
}

run "jobs_reach_endpoints_and_s3_only" {
  command = plan

  assert {
    condition     = aws_vpc_security_group_egress_rule.jobs_to_endpoints.cidr_ipv4 == null && aws_vpc_security_group_egress_rule.jobs_to_s3.prefix_list_id == "pl-1"
    error_message = "There must be no rule to an address range."
  }
}

run "a_name_in_capitals_is_refused" {
  command = plan
  variables {
    name = "Claims"
  }
  expect_failures = [var.name]
}

run "a_bucket_with_a_slash_is_refused" {
  command = plan
  variables {
    artifacts_bucket = "models/artifacts"
  }
  expect_failures = [var.artifacts_bucket]
}

run "a_vpc_by_its_name_is_refused" {
  command = plan
  variables {
    vpc_id = "models"
  }
  expect_failures = [var.vpc_id]
}

run "no_subnet_is_refused" {
  command = plan
  variables {
    subnet_ids = []
  }
  expect_failures = [var.subnet_ids]
}

run "a_security_group_by_its_name_is_refused" {
  command = plan
  variables {
    endpoint_security_group_id = "endpoints"
  }
  expect_failures = [var.endpoint_security_group_id]
}

run "a_prefix_list_by_its_name_is_refused" {
  command = plan
  variables {
    s3_prefix_list_id = "com.amazonaws.eu-west-1.s3"
  }
  expect_failures = [var.s3_prefix_list_id]
}

run "no_pause_between_looks_is_refused" {
  command = plan
  variables {
    poll_seconds = 0
  }
  expect_failures = [var.poll_seconds]
}

run "a_cool_down_longer_than_the_state_machine_is_refused" {
  command = plan
  variables {
    cool_down_seconds = 1209600
  }
  expect_failures = [var.cool_down_seconds]
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

run "no_object_can_be_made_public" {
  command = plan

  assert {
    condition = (
      aws_s3_bucket_public_access_block.artifacts.block_public_acls && aws_s3_bucket_public_access_block.artifacts.ignore_public_acls &&
      aws_s3_bucket_public_access_block.artifacts.block_public_policy && aws_s3_bucket_public_access_block.artifacts.restrict_public_buckets
    )
    error_message = "The bucket takes no public ACL and no public policy."
  }
  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key must change every year."
  }
}

run "event_bridge_reaches_the_encrypted_dead_letter_queue" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Condition
      if strcontains(jsonencode(statement.Principal), "events.amazonaws.com")
    ] == [{ StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = aws_sqs_queue.dead_letters.arn } }]
    error_message = "The key must be open to EventBridge for this queue, without a condition on the source."
  }
}
