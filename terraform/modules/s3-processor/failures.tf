locals {
  alarm_actions = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
  dimensions    = { FunctionName = var.name }

  # Missing data counts as good: a function without invocations does not fail.
  alarms = {
    errors = {
      namespace = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 1, dimensions = local.dimensions
      text      = "an invocation failed; Lambda tries it twice more"
    }
    throttles = {
      namespace = "AWS/Lambda", metric = "Throttles", statistic = "Sum", threshold = 1, dimensions = local.dimensions
      text      = "more objects at a time than the reserved or the account's concurrency allows; they wait up to six hours"
    }
    slow = {
      namespace = "AWS/Lambda", metric = "Duration", statistic = "Maximum", dimensions = local.dimensions
      threshold = var.timeout_seconds * 800
      text      = "an invocation took four fifths of its time limit: give it more memory, or the objects are too large"
    }
    dead-letters = {
      namespace  = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", threshold = 1
      dimensions = { QueueName = "${var.name}-dead-letters" }
      text       = "an event failed three times and waits in the dead-letter queue"
    }
    refused = {
      namespace = "S3Processor", metric = "ObjectsRefused", statistic = "Sum", threshold = 1, dimensions = local.dimensions
      text      = "an object cannot be processed; error.json beside the results says why"
    }
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
  kms_master_key_id         = aws_kms_key.this.id

  tags = { Name = "${var.name}-dead-letters" }
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TLSOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = aws_sqs_queue.dead_letters.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${var.name}: ${each.value.text}."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
