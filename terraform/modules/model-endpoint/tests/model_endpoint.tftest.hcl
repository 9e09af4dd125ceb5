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
    defaults = { arn = "arn:aws:s3:::models-captures", id = "models-captures" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/claims-model" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:claims-model-monitor-dead-letters" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-00000000000000001" }
  }
}

variables {
  name                       = "claims-model"
  image                      = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims-model:1.0.0-7ee40b54"
  jobs_image                 = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims-model:jobs-1.0.0-7ee40b54"
  repository_arn             = "arn:aws:ecr:eu-west-1:111122223333:repository/claims-model"
  model_data_url             = "s3://models-artifacts/models/1.0.0-7ee40b54/model.tar.gz"
  artifacts_bucket           = "models-artifacts"
  artifacts_kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-00000000000a"
  captures_bucket            = "models-captures"
  vpc_id                     = "vpc-1"
  subnet_ids                 = ["subnet-1", "subnet-2"]
  endpoint_security_group_id = "sg-1"
  s3_prefix_list_id          = "pl-1"
}

run "two_variants_with_all_requests_on_blue" {
  command = plan

  assert {
    condition     = { for variant in aws_sagemaker_endpoint_configuration.this[0].production_variants : variant.variant_name => variant.initial_variant_weight } == { blue = 1, green = 0 }
    error_message = "The standby must have no requests before a deployment gives it some."
  }
  assert {
    condition     = toset([for variant in aws_sagemaker_endpoint_configuration.this[0].production_variants : variant.initial_instance_count]) == toset([2])
    error_message = "A rollback gives the standby all requests at once, so it needs as many machines."
  }
  assert {
    condition     = { for name, target in aws_appautoscaling_target.variant : name => target.min_capacity } == { blue = 2, green = 2 }
    error_message = "Either variant may be the champion, so both must scale."
  }
  assert {
    condition     = aws_sagemaker_model.this.enable_network_isolation && aws_sagemaker_model.this.vpc_config[0].subnets == toset(["subnet-1", "subnet-2"])
    error_message = "The container must be in the private subnets, without a network of its own."
  }
  assert {
    condition     = aws_sagemaker_endpoint_configuration.this[0].kms_key_arn == aws_kms_key.this.arn && aws_sagemaker_endpoint_configuration.this[0].data_capture_config[0].kms_key_id == aws_kms_key.this.arn
    error_message = "Volumes and captures must be encrypted with the own key."
  }
  assert {
    condition     = toset([for option in aws_sagemaker_endpoint_configuration.this[0].data_capture_config[0].capture_options : option.capture_mode]) == toset(["Input", "Output"])
    error_message = "Drift shows in requests, quality in answers: both must be captured."
  }
}

run "statements_keep_their_conditions_and_name_their_actions" {
  command = plan

  assert {
    condition = merge([
      for policy in [aws_iam_role_policy.endpoint.policy, aws_iam_role_policy.monitor.policy, aws_iam_role_policy.schedule[0].policy, aws_kms_key.this.policy, aws_s3_bucket_policy.captures.policy] :
      { for statement in jsondecode(policy).Statement : statement.Sid => keys(statement.Condition) if can(statement.Condition) }
      ]...) == {
      EncryptCaptures           = ["StringEquals"]
      EncryptWhatFailed         = ["StringEquals"]
      EncryptVolumes            = ["Bool"]
      FindCaptures              = ["StringLike"]
      FindClaimsOfTransformJobs = ["StringLike"]
      GiveItItsRole             = ["StringEquals"]
      ReadModelsEncrypted       = ["StringEquals"]
      ReadTheSchedulesInput     = ["StringEquals"]
      ReportItsMachines         = ["StringLike"]
      SayThatThereIsDrift       = ["StringEquals"]
      TLSOnly                   = ["Bool"]
      UseTheKeysThroughS3       = ["StringEquals"]
      WriteItsMetrics           = ["StringEquals"]
    }
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition = toset(flatten([
      for policy in [aws_iam_role_policy.endpoint.policy, aws_iam_role_policy.monitor.policy, aws_iam_role_policy.schedule[0].policy, aws_kms_key.this.policy, aws_s3_bucket_policy.captures.policy] : [for statement in jsondecode(policy).Statement : statement.Sid if statement.Effect == "Deny"]
    ])) == toset(["TLSOnly"])
    error_message = "What is denied must stay denied."
  }
  assert {
    condition = flatten([
      for policy in [aws_iam_role_policy.endpoint.policy, aws_iam_role_policy.monitor.policy, aws_iam_role_policy.schedule[0].policy] : [for statement in jsondecode(policy).Statement : [for action in flatten([statement.Action]) : action if endswith(action, ":*")]]
    ]) == []
    error_message = "A role's policy must name its actions."
  }
  assert {
    condition     = [for role in [aws_iam_role.schedule[0], aws_iam_role.endpoint, aws_iam_role.monitor] : keys(jsondecode(role.assume_role_policy).Statement[0].Condition)] == [["StringEquals"], ["StringEquals"], ["StringEquals"]]
    error_message = "A service must take a role on for this account's own work only."
  }
}

run "an_update_changes_machines_all_at_once_and_goes_back_on_four_alarms" {
  command = plan

  assert {
    condition     = one(one(one(aws_sagemaker_endpoint.this[0].deployment_config).blue_green_update_policy).traffic_routing_configuration).type == "ALL_AT_ONCE"
    error_message = "The canary is in the weights: a second one in the change of machines would only make each update longer."
  }
  assert {
    condition = toset([for alarm in one(one(aws_sagemaker_endpoint.this[0].deployment_config).auto_rollback_configuration).alarms : alarm.alarm_name]) == toset([
      "claims-model-blue-errors", "claims-model-blue-slow", "claims-model-green-errors", "claims-model-green-slow",
    ])
    error_message = "Errors and latency of both variants must bring a deployment back."
  }
}

run "sagemaker_may_read_the_alarms_and_encrypt_the_volumes" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.endpoint.policy).Statement : statement.Resource
      if contains(flatten([statement.Action]), "cloudwatch:DescribeAlarms")
      ] == [[
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:claims-model-blue-errors",
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:claims-model-blue-slow",
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:claims-model-green-errors",
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:claims-model-green-slow",
    ]]
    error_message = "A deployment with automatic rollback fails unless the execution role may read exactly its alarms."
  }
  assert {
    condition = alltrue([
      for policy in [aws_iam_role_policy.endpoint.policy, aws_iam_role_policy.monitor.policy] : anytrue([
        for statement in jsondecode(policy).Statement :
        statement.Action == "kms:CreateGrant" && statement.Condition == { Bool = { "kms:GrantIsForAWSResource" = "true" } } if statement.Sid == "EncryptVolumes"
      ])
    ])
    error_message = "Volumes under the own key need a grant for an AWS resource, and no other grant."
  }
  assert {
    condition = flatten([
      for policy in [aws_iam_role_policy.endpoint.policy, aws_iam_role_policy.monitor.policy] : [
        for statement in jsondecode(policy).Statement : statement.Condition.StringLike["cloudwatch:namespace"] if statement.Sid == "ReportItsMachines"
      ]
    ]) == ["/aws/sagemaker/*", "/aws/sagemaker/*"]
    error_message = "SageMaker reports the use of machines with the execution role, in namespaces of its own."
  }
}

run "the_schedule_names_each_job_and_keeps_what_failed" {
  command = plan

  assert {
    condition     = strcontains(aws_scheduler_schedule.monitor[0].target[0].input, "claims-model-monitor-<aws.scheduler.execution-id>") && !strcontains(aws_scheduler_schedule.monitor[0].target[0].input, "\\u003c")
    error_message = "Scheduler replaces <aws.scheduler.execution-id> only where it is not escaped."
  }
  assert {
    condition     = jsondecode(aws_scheduler_schedule.monitor[0].target[0].input).Environment == { AWS_DEFAULT_REGION = "eu-west-1" }
    error_message = "SageMaker sets AWS_REGION, which boto3 does not read: without the region the monitor ends at once."
  }
  assert {
    condition     = aws_scheduler_schedule.monitor[0].target[0].dead_letter_config[0].arn == aws_sqs_queue.monitor_dead_letters[0].arn
    error_message = "A monitor that could not be started must leave a message."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.schedule[0].policy).Statement : statement.Resource if statement.Action == "sqs:SendMessage"
    ] == [aws_sqs_queue.monitor_dead_letters[0].arn]
    error_message = "Scheduler sends dead letters with the schedule's role, to this queue alone."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.monitor_lost[0].metric_name == "ApproximateNumberOfMessagesVisible" && aws_cloudwatch_metric_alarm.monitor_lost[0].threshold == 1
    error_message = "The first dead letter must raise an alarm."
  }
}

run "a_monitor_that_sees_nothing_is_an_alarm" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.monitor["blind"].treat_missing_data == "breaching"
    error_message = "A monitor that does not run finds no drift either."
  }
  assert {
    condition     = { for name, alarm in aws_cloudwatch_metric_alarm.monitor : name => alarm.period * alarm.evaluation_periods } == { blind = 43200, drift = 21600, quality = 21600 }
    error_message = "Drift must show within the six hours of a run, and missing captures after two runs."
  }
  assert {
    condition     = { for name, alarm in aws_cloudwatch_metric_alarm.monitor : name => alarm.comparison_operator } == { blind = "LessThanThreshold", drift = "GreaterThanOrEqualToThreshold", quality = "GreaterThanThreshold" }
    error_message = "Too little judged, and too much drift or error, must ring."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.variant : alarm.comparison_operator == "GreaterThanThreshold" && alarm.treat_missing_data == "notBreaching"])
    error_message = "Errors and slowness above their thresholds must ring, and want of requests must not."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.monitor["drift"].namespace == "ModelMonitor" && aws_cloudwatch_metric_alarm.monitor["drift"].metric_name == "FeaturesDrifted"
    error_message = "The alarm must watch the metric that the monitor writes."
  }
}

run "only_what_knows_no_resource_is_allowed_everywhere" {
  command = plan

  assert {
    condition = flatten([
      for policy in [aws_iam_role_policy.endpoint, aws_iam_role_policy.monitor, aws_iam_role_policy.schedule[0]] : [
        for statement in jsondecode(policy.policy).Statement : statement.Sid if contains(flatten([statement.Resource]), "*")
      ]
    ]) == ["ReportItsMachines", "SignInToTheRegistryAndLookAtTheNetwork", "WriteItsMetrics", "ReportItsMachines", "SignInToTheRegistryAndLookAtTheNetwork"]
    error_message = "Every other statement must name its resources."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.endpoint.policy).Statement : statement.Condition.StringLike["s3:prefix"]
      if contains(flatten([statement.Action]), "s3:ListBucket")
    ] == ["batch/*"]
    error_message = "What serves must look around in no bucket but for the claims of transform jobs."
  }
}

# AWS takes one production variant beside a shadow variant.
run "a_shadow_gets_copies_and_answers_nothing" {
  command = plan

  variables {
    release = "shadow"
  }

  assert {
    condition     = one(aws_sagemaker_endpoint_configuration.this[0].production_variants).variant_name == "blue" && one(aws_sagemaker_endpoint_configuration.this[0].shadow_production_variants).variant_name == "green"
    error_message = "Blue answers alone, and green is its shadow."
  }
  assert {
    condition     = keys(aws_appautoscaling_target.variant) == ["blue"] && length(aws_cloudwatch_metric_alarm.variant) == 4
    error_message = "Only what answers scales, and alarms watch the shadow as well."
  }
}

run "another_release_is_refused" {
  command = plan
  variables {
    release = "rolling"
  }
  expect_failures = [var.release]
}

run "serverless_has_one_variant_without_machines" {
  command = plan

  variables {
    hosting = "serverless"
  }

  assert {
    condition     = one(aws_sagemaker_endpoint_configuration.this[0].production_variants).instance_type == null && one(one(aws_sagemaker_endpoint_configuration.this[0].production_variants).serverless_config).memory_size_in_mb == 1024
    error_message = "A serverless variant has memory and no machines."
  }
  assert {
    condition     = length(aws_appautoscaling_target.variant) == 0 && length(aws_scheduler_schedule.monitor) == 0 && length(aws_sagemaker_endpoint_configuration.this[0].data_capture_config) == 0
    error_message = "What serverless lacks must not be made: capture, scaling by machines, a monitor of captures."
  }
}

run "a_serverless_model_is_neither_isolated_nor_in_the_vpc" {
  command = plan

  variables {
    hosting = "serverless"
  }

  assert {
    condition     = !aws_sagemaker_model.this.enable_network_isolation && length(aws_sagemaker_model.this.vpc_config) == 0
    error_message = "SageMaker refuses a serverless endpoint whose model has either."
  }
}

run "batch_has_a_model_and_no_endpoint" {
  command = plan

  variables {
    hosting = "batch"
  }

  assert {
    condition     = length(aws_sagemaker_endpoint.this) == 0 && length(aws_cloudwatch_metric_alarm.variant) == 0 && aws_sagemaker_model.this.name == "claims-model-v1"
    error_message = "A transform job needs the model alone."
  }
}

run "another_way_of_hosting_is_refused" {
  command = plan
  variables {
    hosting = "lambda"
  }
  expect_failures = [var.hosting]
}

run "an_image_by_latest_is_refused" {
  command = plan
  variables {
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims-model:latest"
  }
  expect_failures = [var.image]
}

run "jobs_by_latest_are_refused" {
  command = plan
  variables {
    jobs_image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims-model:latest"
  }
  expect_failures = [var.jobs_image]
}

run "a_repository_by_its_name_is_refused" {
  command = plan
  variables {
    repository_arn = "claims-model"
  }
  expect_failures = [var.repository_arn]
}

run "a_model_outside_its_folders_is_refused" {
  command = plan
  variables {
    model_data_url = "s3://models-artifacts/model.tar.gz"
  }
  expect_failures = [var.model_data_url]
}

run "a_bucket_in_capitals_is_refused" {
  command = plan
  variables {
    artifacts_bucket = "Models"
  }
  expect_failures = [var.artifacts_bucket]
}

run "a_key_by_its_alias_is_refused" {
  command = plan
  variables {
    artifacts_kms_key_arn = "alias/models"
  }
  expect_failures = [var.artifacts_kms_key_arn]
}

run "captures_among_the_artifacts_are_refused" {
  command = plan
  variables {
    captures_bucket = "models-artifacts"
  }
  expect_failures = [var.captures_bucket]
}

run "a_vpc_by_its_name_is_refused" {
  command = plan
  variables {
    vpc_id = "models"
  }
  expect_failures = [var.vpc_id]
}

run "one_subnet_is_refused" {
  command = plan
  variables {
    subnet_ids = ["subnet-1"]
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
    s3_prefix_list_id = "s3"
  }
  expect_failures = [var.s3_prefix_list_id]
}

run "an_ec2_type_is_refused" {
  command = plan
  variables {
    instance_type = "m5.large"
  }
  expect_failures = [var.instance_type]
}

run "no_machine_is_refused" {
  command = plan
  variables {
    min_instances = 0
  }
  expect_failures = [var.min_instances]
}

run "fewer_at_most_than_at_least_is_refused" {
  command = plan
  variables {
    max_instances = 1
  }
  expect_failures = [var.max_instances]
}

run "no_requests_are_refused" {
  command = plan
  variables {
    invocations_per_instance = 0
  }
  expect_failures = [var.invocations_per_instance]
}

run "memory_that_sagemaker_does_not_know_is_refused" {
  command = plan
  variables {
    serverless = { memory_mb = 1000, max_concurrency = 20 }
  }
  expect_failures = [var.serverless]
}

run "no_capture_is_refused" {
  command = plan
  variables {
    capture_percentage = 0
  }
  expect_failures = [var.capture_percentage]
}

run "a_short_retention_is_refused" {
  command = plan
  variables {
    capture_retention_days = 1
  }
  expect_failures = [var.capture_retention_days]
}

run "a_bake_shorter_than_an_alarm_is_refused" {
  command = plan
  variables {
    bake_seconds = 60
  }
  expect_failures = [var.bake_seconds]
}

run "a_schedule_in_words_is_refused" {
  command = plan
  variables {
    monitor_schedule = "every day"
  }
  expect_failures = [var.monitor_schedule]
}

run "a_topic_by_its_name_is_refused" {
  command = plan
  variables {
    alarm_topic_arn = "alarms"
  }
  expect_failures = [var.alarm_topic_arn]
}

run "a_long_name_is_refused" {
  command = plan
  variables {
    name = "a-name-that-leaves-no-room-for-a-job"
  }
  expect_failures = [var.name]
}

run "containers_reach_named_endpoints_only_and_alarms_are_heard" {
  command = plan

  variables {
    alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:alarms"
  }

  assert {
    condition = (
      aws_vpc_security_group_egress_rule.to_s3.cidr_ipv4 == null && aws_vpc_security_group_egress_rule.to_s3.prefix_list_id != null &&
      aws_vpc_security_group_egress_rule.to_endpoints.cidr_ipv4 == null && aws_vpc_security_group_egress_rule.to_endpoints.referenced_security_group_id != null
    )
    error_message = "A container that was taken over must find no way out."
  }
  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.variant), values(aws_cloudwatch_metric_alarm.monitor), aws_cloudwatch_metric_alarm.monitor_lost) : length(alarm.alarm_actions) > 0])
    error_message = "An alarm must tell somebody."
  }
  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key must change every year."
  }
}
