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
    defaults = {
      arn    = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
      key_id = "00000000-0000-0000-0000-000000000001"
    }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:111122223333:rollout" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:rollout-dead-letters" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:any" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/any" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:rollout" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:111122223333:rule/rollout-any" }
  }
}

variables {
  name                     = "rollout"
  fleet_name               = "fleet"
  groups                   = { first = ["fleet-analyst-1"], rest = ["fleet-analyst-2", "fleet-analyst-3"] }
  image_parameter_name     = "/imagebuilder/fleet/image"
  image_tag                = { key = "Pipeline", value = "fleet-image" }
  subnet_ids               = ["subnet-0123456789abcdef0"]
  security_group_id        = "sg-0123456789abcdef0"
  email                    = "platform@example.com"
  machine_role_arn_pattern = "arn:aws:iam::111122223333:role/fleet-machine-*"
  alarm_names              = ["fleet-self-check-failed"]
}

run "the_first_wave_comes_before_the_rest" {
  command = plan

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Waves.Result == [["fleet-analyst-1"], ["fleet-analyst-2", "fleet-analyst-3"]]
    error_message = "The groups of the first wave must come first."
  }
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.Wave.ItemsPath == "$.waves[0]" &&
      jsondecode(aws_sfn_state_machine.this.definition).States.NextWave.Parameters["waves.$"] == "$.waves[1:]" &&
      jsondecode(aws_sfn_state_machine.this.definition).States.Wave.MaxConcurrency == 20
    )
    error_message = "One wave must end before the next begins, with no more machines at the same time than the batch size."
  }
}

run "a_wave_of_nobody_is_left_out" {
  command = plan
  variables {
    groups = { first = ["fleet-analyst-1"], rest = [] }
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Waves.Result == [["fleet-analyst-1"]]
    error_message = "A fleet whose users are all in the first wave has one wave."
  }
}

run "going_back_keeps_the_data_type_of_the_parameter" {
  command = plan

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Wave.ItemProcessor.States.GoBack.Parameters.DataType == "aws:ec2:image"
    error_message = "A parameter cannot change from aws:ec2:image to text, the default."
  }
}

# Step Functions refuses a definition in which two states have the same name, also in different maps.
run "state_names_are_unique" {
  command = plan

  assert {
    condition = length(setintersection(
      keys(jsondecode(aws_sfn_state_machine.this.definition).States),
      keys(jsondecode(aws_sfn_state_machine.this.definition).States.Wave.ItemProcessor.States),
    )) == 0
    error_message = "A state name must be unique in the whole definition."
  }
}

run "only_an_image_of_the_own_pipeline_is_rolled_out" {
  command = plan

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.FindImage.Parameters.Owners == ["self"] &&
      [for filter in jsondecode(aws_sfn_state_machine.this.definition).States.FindImage.Parameters.Filters : filter.Values if filter.Name == "tag:Pipeline"] == [["fleet-image"]] &&
      jsondecode(aws_sfn_state_machine.this.definition).States.IsOwnImage.Default == "ForeignImage"
    )
    error_message = "The rollout must stop at an image of another account or without the pipeline's tag."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.rollout.policy).Statement : statement.Condition.StringEquals if statement.Sid == "FromImagesOfTheOwnPipeline"
    ] == [{ "ec2:Owner" = "111122223333", "aws:ResourceTag/Pipeline" = "fleet-image" }]
    error_message = "The role must start no other image, whatever the state machine is told."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.rollout.policy).Statement : statement.Sid
      if contains(flatten([statement.Action]), "ec2:RunInstances") && anytrue([for resource in flatten([statement.Resource]) : strcontains(resource, ":image/")])
    ] == ["FromImagesOfTheOwnPipeline"]
    error_message = "No other statement may allow an image."
  }
}

# ec2:IsLaunchTemplateResource is false for what the group supplies, so Auto Scaling's dry run would be denied.
run "the_dry_run_of_auto_scaling_is_allowed_for_what_the_group_supplies" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.rollout.policy).Statement : statement
      if statement.Action == "ec2:RunInstances" && anytrue([for resource in flatten([statement.Resource]) : strcontains(resource, ":subnet/")])
      ] == [{
        Sid    = "InTheFleetsSubnetsAndGroup"
        Effect = "Allow"
        Action = "ec2:RunInstances"
        Resource = [
          "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0123456789abcdef0",
          "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0123456789abcdef0",
        ]
    }]
    error_message = "Subnets and the security group must be named, without a condition on the launch template."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.rollout.policy, "IsLaunchTemplateResource")
    error_message = "No statement may ask for ec2:IsLaunchTemplateResource."
  }
}

run "the_own_address_is_subscribed_and_alarms_may_publish" {
  command = plan

  assert {
    condition     = aws_sns_topic_subscription.email.protocol == "email" && aws_sns_topic_subscription.email.endpoint == "platform@example.com"
    error_message = "Somebody must receive what the topic is told."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement : statement.Condition.ArnLike["aws:SourceArn"] if statement.Sid == "OnlyTheseAlarms"
    ] == [[for name in ["rollout-*", "fleet-self-check-failed"] : "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${name}"]]
    error_message = "The fleet's alarms and the module's own must be able to publish, and no others."
  }
}

# With aws:SourceAccount EventBridge cannot use the key, and the dead letter is lost without an error.
run "event_bridge_reaches_the_encrypted_dead_letter_queue" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      statement.Condition == { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = "arn:aws:sqs:eu-west-1:111122223333:rollout-dead-letters" } }
      if strcontains(jsonencode(statement.Principal), "events.amazonaws.com")
    ])
    error_message = "The key must be open to EventBridge for this queue, without a condition on the source."
  }
}

run "statements_keep_their_conditions_and_name_their_actions" {
  command = plan

  assert {
    condition = merge([
      for policy in [aws_iam_role_policy.rollout.policy, aws_iam_role_policy.events.policy, aws_kms_key.this.policy, aws_sns_topic_policy.this.policy, aws_sqs_queue_policy.dead_letters.policy] :
      { for statement in jsondecode(policy).Statement : statement.Sid => keys(statement.Condition) if can(statement.Condition) }
      ]...) == {
      FromImagesOfTheOwnPipeline      = ["StringEquals"]
      GiveMachinesTheirRole           = ["StringEquals"]
      NewVersionsOfTheFleetsTemplates = ["StringEquals"]
      OnlyTheseAlarms                 = ["ArnLike"]
      OnlyTheseRules                  = ["ArnEquals"]
      OnlyThisLogGroup                = ["ArnEquals"]
      OwnAlarms                       = ["StringEquals"]
      OwnDeadLetterQueue              = ["StringEquals"]
      RefusePlainText                 = ["Bool"]
      RefreshTheFleetsGroups          = ["StringEquals"]
      StartWhatTheFleetsTemplatesSay  = ["StringEquals"]
      TagWhatIsStarted                = ["StringEquals"]
      UseTheKeyThroughTheTopic        = ["StringEquals"]
    }
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition = toset(flatten([
      for policy in [aws_iam_role_policy.rollout.policy, aws_iam_role_policy.events.policy, aws_kms_key.this.policy, aws_sns_topic_policy.this.policy, aws_sqs_queue_policy.dead_letters.policy] : [for statement in jsondecode(policy).Statement : statement.Sid if statement.Effect == "Deny"]
    ])) == toset(["RefusePlainText"])
    error_message = "What is denied must stay denied."
  }
  assert {
    condition = flatten([
      for policy in [aws_iam_role_policy.rollout.policy, aws_iam_role_policy.events.policy] : [for statement in jsondecode(policy).Statement : [for action in flatten([statement.Action]) : action if endswith(action, ":*")]]
    ]) == []
    error_message = "A role's policy must name its actions."
  }
  assert {
    condition     = [for role in [aws_iam_role.rollout, aws_iam_role.events] : keys(jsondecode(role.assume_role_policy).Statement[0].Condition)] == [["ArnLike", "StringEquals"], ["ArnLike"]]
    error_message = "A service must take a role on for this account's own work only."
  }
}

run "a_refresh_gets_a_numbered_version_alarms_and_an_automatic_rollback" {
  command = plan

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Wave.ItemProcessor.States.StartRefresh.Parameters.DesiredConfiguration.LaunchTemplate["Version.$"] == "$.made.version"
    error_message = "The refresh must get the version that was made, by number: Auto Scaling cannot roll back to or from $Latest."
  }
  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Wave.ItemProcessor.States.StartRefresh.Parameters.Preferences == {
      AutoRollback         = true
      MinHealthyPercentage = 0
      InstanceWarmup       = 600
      AlarmSpecification   = { Alarms = ["fleet-self-check-failed"] }
    }
    error_message = "A refresh must roll back by itself, on these alarms, after a soak; a group of one must be allowed to be empty."
  }
}

run "every_call_is_repeated" {
  command = plan

  assert {
    condition = alltrue([
      for state in concat(
        [for name, state in jsondecode(aws_sfn_state_machine.this.definition).States : state if state.Type == "Task"],
        [for name, state in jsondecode(aws_sfn_state_machine.this.definition).States.Wave.ItemProcessor.States : state if state.Type == "Task"],
      ) : contains(state.Retry[length(state.Retry) - 1].ErrorEquals, "States.ALL")
    ])
    error_message = "Every call must be repeated."
  }
}

run "a_refused_image_is_no_longer_named" {
  command = plan

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.Wave.ItemProcessor.States.ReadGood.Parameters.Name == "/imagebuilder/fleet/image:good" &&
      jsondecode(aws_sfn_state_machine.this.definition).States.Wave.ItemProcessor.States.GoBack.Parameters["Value.$"] == "$.good.id" &&
      jsondecode(aws_sfn_state_machine.this.definition).States.KeepAsGood.Parameters.Labels == ["good"]
    )
    error_message = "The parameter must go back to the version with the label good, which a finished rollout sets."
  }
}

run "the_rules_listen_to_the_parameter_and_to_the_clock" {
  command = plan

  assert {
    condition = (
      jsondecode(aws_cloudwatch_event_rule.image_changed.event_pattern).resources == ["arn:aws:ssm:eu-west-1:111122223333:parameter/imagebuilder/fleet/image"] &&
      aws_cloudwatch_event_rule.reconcile.schedule_expression == "rate(1 day)"
    )
    error_message = "A rollout must start with the parameter's change, and by the clock for an event that was lost."
  }
  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.rollout : target.dead_letter_config[0].arn == aws_sqs_queue.dead_letters.arn])
    error_message = "An event that starts nothing must be kept."
  }
}

run "the_role_changes_the_own_fleet_only" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.rollout.policy).Statement :
      statement.Condition.StringEquals["aws:ResourceTag/Fleet"] == "fleet"
      if contains(["NewVersionsOfTheFleetsTemplates", "RefreshTheFleetsGroups", "StartWhatTheFleetsTemplatesSay"], statement.Sid)
    ])
    error_message = "The rollout must not touch groups or templates of anybody else."
  }
  assert {
    condition = toset([
      for statement in jsondecode(aws_iam_role_policy.rollout.policy).Statement : statement.Sid if statement.Resource == "*"
    ]) == toset(["LookAround", "DeliverLogsAndTraces"])
    error_message = "Only what knows no resource may be allowed everywhere."
  }
  assert {
    condition = alltrue([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.rollout.policy).Statement : statement.Action]) : !strcontains(action, "*")
    ])
    error_message = "The policy must name its actions one by one."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.rollout.policy).Statement : statement.Resource if statement.Sid == "GiveMachinesTheirRole"] == ["arn:aws:iam::111122223333:role/fleet-machine-*"]
    error_message = "The rollout may pass machines' roles only."
  }
}

run "logs_topic_and_queue_are_encrypted_with_the_own_rotating_key" {
  command = plan

  assert {
    condition = (
      aws_kms_key.this.enable_key_rotation &&
      aws_cloudwatch_log_group.this.kms_key_id == aws_kms_key.this.arn &&
      aws_sns_topic.this.kms_master_key_id == aws_kms_key.this.key_id &&
      aws_sqs_queue.dead_letters.kms_master_key_id == aws_kms_key.this.key_id
    )
    error_message = "Everything must be encrypted with the module's own key."
  }
}

run "what_the_state_machine_cannot_say_is_an_alarm" {
  command = plan

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.failed)) == toset(["ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut"])
    error_message = "Failed, aborted and timed-out rollouts must each be an alarm."
  }
  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.failed), [aws_cloudwatch_metric_alarm.dead_letters]) : toset(alarm.alarm_actions) == toset([aws_sns_topic.this.arn])])
    error_message = "Every alarm must notify."
  }
  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.failed), [aws_cloudwatch_metric_alarm.dead_letters]) : alarm.comparison_operator == "GreaterThanOrEqualToThreshold" && alarm.threshold == 1 && alarm.treat_missing_data == "notBreaching"])
    error_message = "One failure must ring, and no failure must not."
  }
}

run "no_alarm_is_refused" {
  command = plan
  variables {
    alarm_names = []
  }
  expect_failures = [var.alarm_names]
}

run "a_batch_larger_than_a_page_is_refused" {
  command = plan
  variables {
    batch_size = 101
  }
  expect_failures = [var.batch_size]
}

run "every_role_as_passable_is_refused" {
  command = plan
  variables {
    machine_role_arn_pattern = "arn:aws:iam::111122223333:role/*"
  }
  expect_failures = [var.machine_role_arn_pattern]
}

run "values_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    name                 = "Rollout"
    image_parameter_name = "image"
    reconcile_schedule   = "daily"
  }
  expect_failures = [var.name, var.image_parameter_name, var.reconcile_schedule]
}

run "an_image_tag_that_matches_everything_is_refused" {
  command = plan
  variables {
    image_tag = { key = "Pipeline", value = "*" }
  }
  expect_failures = [var.image_tag]
}

run "a_first_wave_of_nobody_is_refused" {
  command = plan
  variables {
    groups = { first = [], rest = ["fleet-analyst-1"] }
  }
  expect_failures = [var.groups]
}

run "an_address_that_is_no_address_is_refused" {
  command = plan
  variables {
    email = "platform"
  }
  expect_failures = [var.email]
}

run "subnets_and_groups_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    subnet_ids        = ["private-a"]
    security_group_id = "machines"
  }
  expect_failures = [var.subnet_ids, var.security_group_id]
}

run "waits_out_of_range_are_refused" {
  command = plan
  variables {
    poll_seconds       = 0
    soak_seconds       = 0
    log_retention_days = 0
  }
  expect_failures = [var.poll_seconds, var.soak_seconds, var.log_retention_days]
}
