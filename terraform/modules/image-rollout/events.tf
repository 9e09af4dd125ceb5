# The parameter and not Image Builder's own event: the state machine reads the parameter,
# and it also starts a rollout when an operator sets an older image.
resource "aws_cloudwatch_event_rule" "image_changed" {
  name        = "${var.name}-image-changed"
  description = "The parameter with the current image has changed"
  event_pattern = jsonencode({
    source      = ["aws.ssm"]
    detail-type = ["Parameter Store Change"]
    resources   = [local.parameter_arn]
    detail      = { operation = ["Create", "Update"] }
  })
}

resource "aws_cloudwatch_event_rule" "reconcile" {
  name                = "${var.name}-reconcile"
  description         = "Updates machines that a lost event or a stopped rollout left on an old image"
  schedule_expression = var.reconcile_schedule
}

resource "aws_cloudwatch_event_target" "rollout" {
  for_each = {
    image-changed = aws_cloudwatch_event_rule.image_changed.name
    reconcile     = aws_cloudwatch_event_rule.reconcile.name
  }

  rule      = each.value
  target_id = "rollout"
  arn       = aws_sfn_state_machine.this.arn
  role_arn  = aws_iam_role.events.arn
  # The rollout reads the parameter itself: the value in an event may be outdated.
  input = "{}"

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 24
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                              = "${var.name}-dead-letters"
  message_retention_seconds         = 1209600
  kms_master_key_id                 = aws_kms_key.this.key_id
  kms_data_key_reuse_period_seconds = 300

  tags = { Name = "${var.name}-dead-letters" }
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyTheseRules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.dead_letters.arn
      Condition = { ArnEquals = { "aws:SourceArn" = [aws_cloudwatch_event_rule.image_changed.arn, aws_cloudwatch_event_rule.reconcile.arn] } }
    }]
  })
}
