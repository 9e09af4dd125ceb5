mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
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
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/rollout" }
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
  image_parameter_name     = "/imagebuilder/fleet/image"
  first_good_image_id      = "ami-0123456789abcdef0"
  machine_role_arn_pattern = "arn:aws:iam::111122223333:role/fleet-machine-*"
  alarm_names              = ["fleet-self-check-failed"]
}

run "the_definition_carries_the_modules_values" {
  command = plan

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Settings.Result == {
      fleet       = "fleet"
      parameter   = "/imagebuilder/fleet/image"
      table       = "rollout"
      topicArn    = "arn:aws:sns:eu-west-1:111122223333:rollout"
      alarmNames  = ["fleet-self-check-failed"]
      batchSize   = 20
      pollSeconds = 15
      maxPolls    = 80
      soakSeconds = 600
    }
    error_message = "The first state must hand on what the module was given, and nothing the file does not know."
  }
  assert {
    condition     = toset(keys(jsondecode(aws_sfn_state_machine.this.definition).States.Settings.Result)) == toset(keys(jsondecode(file("rollout.asl.json")).States.Settings.Result))
    error_message = "The file's own settings must have the same names."
  }
}

run "statements_keep_their_conditions_and_name_their_actions" {
  command = plan

  assert {
    condition = merge([
      for policy in [aws_iam_role_policy.rollout.policy, aws_iam_role_policy.events.policy, aws_kms_key.this.policy, aws_sns_topic_policy.this.policy, aws_sqs_queue_policy.dead_letters.policy] :
      { for statement in jsondecode(policy).Statement : statement.Sid => keys(statement.Condition) if can(statement.Condition) }
      ]...) == {
      FromATemplateOnly               = ["Bool"]
      GiveMachinesTheirRole           = ["StringEquals"]
      NewVersionsOfTheFleetsTemplates = ["StringEquals"]
      OnlyTheseAlarms                 = ["ArnLike"]
      OnlyTheseRules                  = ["ArnEquals"]
      OnlyThisLogGroup                = ["ArnEquals"]
      OwnRulesAndAlarms               = ["StringEquals"]
      RefusePlainText                 = ["Bool"]
      ReplaceTheFleetsMachines        = ["StringEquals"]
      StartWhatTheFleetsTemplatesSay  = ["StringEquals"]
      TagWhatIsStarted                = ["StringEquals"]
      UseTheKeyThroughTableAndTopic   = ["StringEquals"]
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

run "a_group_is_given_a_numbered_version" {
  command = plan

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.ReplaceBatch.ItemProcessor.States.PinVersion.Parameters.LaunchTemplate["Version.$"] == "$.wanted.version"
    error_message = "The rollout must pin the version that it found or made, by number: $Latest replaces machines with what nobody has tried."
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.ReplaceBatch.ItemProcessor.States.EndOldMachine.Parameters.ShouldDecrementDesiredCapacity == false
    error_message = "The group must stay at one machine, or no new one starts."
  }
}

run "every_call_is_repeated_and_every_failure_of_the_rollout_is_caught" {
  command = plan

  assert {
    condition = alltrue([
      for state in concat(
        [for name, state in jsondecode(aws_sfn_state_machine.this.definition).States : state if state.Type == "Task"],
        [for name, state in jsondecode(aws_sfn_state_machine.this.definition).States.ReplaceBatch.ItemProcessor.States : state if state.Type == "Task"],
      ) : contains(state.Retry[length(state.Retry) - 1].ErrorEquals, "States.ALL")
    ])
    error_message = "Every call must be repeated."
  }
  assert {
    condition = alltrue([
      for name, state in jsondecode(aws_sfn_state_machine.this.definition).States :
      contains(state.Catch[length(state.Catch) - 1].ErrorEquals, "States.ALL") if contains(["Task", "Map"], state.Type)
    ])
    error_message = "Every failure must lead to the lock's release and to a notification."
  }
}

run "the_lock_is_taken_on_a_condition" {
  command = plan

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.TakeLock.Parameters.ConditionExpression == "attribute_not_exists(id) OR holder = :me"
    error_message = "Two rollouts must not both get the lock."
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
      if contains(["NewVersionsOfTheFleetsTemplates", "ReplaceTheFleetsMachines", "StartWhatTheFleetsTemplatesSay"], statement.Sid)
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

run "lock_logs_topic_and_queue_are_encrypted_with_the_own_rotating_key" {
  command = plan

  assert {
    condition = (
      aws_kms_key.this.enable_key_rotation &&
      aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == aws_kms_key.this.arn &&
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
    first_good_image_id  = "resolve:ssm:/image"
    reconcile_schedule   = "daily"
  }
  expect_failures = [var.name, var.image_parameter_name, var.first_good_image_id, var.reconcile_schedule]
}

run "waits_out_of_range_are_refused" {
  command = plan
  variables {
    poll_seconds        = 0
    replacement_minutes = 0
    soak_seconds        = 0
    log_retention_days  = 0
  }
  expect_failures = [var.poll_seconds, var.replacement_minutes, var.soak_seconds, var.log_retention_days]
}
