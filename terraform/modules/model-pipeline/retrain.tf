# One execution holds the lock and retrains. It keeps the lock for the cool-down, so a second event, or a
# second drift before the new model serves, starts nothing.
locals {
  file = jsondecode(file("${path.module}/retrain.asl.json"))
  # The file is a valid definition; Terraform replaces only the values of its first state.
  definition = merge(local.file, {
    States = merge(local.file.States, {
      Settings = merge(local.file.States.Settings, {
        Result = {
          pipeline        = var.name
          table           = aws_dynamodb_table.lock.name
          pollSeconds     = var.poll_seconds
          coolDownSeconds = var.cool_down_seconds
        }
      })
    })
  })
}

resource "aws_sfn_state_machine" "retrain" {
  name       = "${var.name}-retrain"
  role_arn   = aws_iam_role.retrain.arn
  definition = jsonencode(local.definition)

  logging_configuration {
    level = "ALL"
    # Statistics and names; events contain no claims.
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.retrain.arn}:*"
  }

  # AWS checks that the role may deliver logs when it creates the state machine.
  depends_on = [aws_iam_role_policy.retrain]
}

resource "aws_cloudwatch_log_group" "retrain" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_dynamodb_table" "lock" {
  name         = "${var.name}-retrain"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.this.arn
  }

  point_in_time_recovery {
    enabled = true
  }

  tags = { Name = "${var.name}-retrain" }
}

resource "aws_cloudwatch_event_rule" "drift" {
  name        = "${var.name}-drift"
  description = "The monitor found drift or larger errors of ${var.name}"
  event_pattern = jsonencode({
    source      = ["model-monitor"]
    detail-type = ["Model Drift Detected"]
    account     = [local.account_id]
    detail      = { model = [var.name] }
  })
}

resource "aws_cloudwatch_event_target" "retrain" {
  rule      = aws_cloudwatch_event_rule.drift.name
  target_id = "retrain"
  arn       = aws_sfn_state_machine.retrain.arn
  role_arn  = aws_iam_role.events.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 24
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-drift-dead-letters"
  message_retention_seconds = 1209600
  kms_master_key_id         = aws_kms_key.this.key_id

  tags = { Name = "${var.name}-drift-dead-letters" }
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyThisRule"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.dead_letters.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.drift.arn } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "retrain" {
  for_each = {
    failed = {
      namespace  = "AWS/States", metric = "ExecutionsFailed", statistic = "Sum"
      dimensions = { StateMachineArn = aws_sfn_state_machine.retrain.arn }
      text       = "retraining failed: the champion goes on, look at the pipeline's execution"
    }
    lost = {
      namespace  = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      dimensions = { QueueName = aws_sqs_queue.dead_letters.name }
      text       = "drift was found and retraining could not be started"
    }
  }

  alarm_name          = "${var.name}-retrain-${each.key}"
  alarm_description   = "${var.name}: ${each.value.text}."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
}
