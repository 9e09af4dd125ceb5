locals {
  # Literal names: the key must exist before the log groups.
  log_group_names = { machines = "/${var.name}/machines", sessions = "/${var.name}/sessions" }
  log_group_arns = {
    for what, name in local.log_group_names : what =>
    "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${name}"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.log_group_names

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

# The line is written by the image's self-check, see the Ansible role.
resource "aws_cloudwatch_log_metric_filter" "self_check_failed" {
  name           = "${var.name}-self-check-failed"
  log_group_name = aws_cloudwatch_log_group.this["machines"].name
  pattern        = "\"self-check: failed\""

  metric_transformation {
    name      = "SelfCheckFailed"
    namespace = "Workstations/${var.name}"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "self_check_failed" {
  alarm_name          = "${var.name}-self-check-failed"
  alarm_description   = "A machine reports that its home directory or its agent does not work; the rollout stops and rolls back"
  namespace           = "Workstations/${var.name}"
  metric_name         = "SelfCheckFailed"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  # The metric exists only while something fails.
  treat_missing_data = "notBreaching"
  alarm_actions      = var.alarm_topic_arns
}
