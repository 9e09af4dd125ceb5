locals {
  log_group_name = "/aws/opensearch/${var.name}/application"
  log_group_arn  = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}"

  # https://docs.aws.amazon.com/opensearch-service/latest/developerguide/cloudwatch-alarms.html
  alarms = {
    red            = { metric = "ClusterStatus.red", statistic = "Maximum", period = 60, comparison = "GreaterThanOrEqualToThreshold", threshold = 1, says = "An index of the logs is not available" }
    writes-blocked = { metric = "ClusterIndexWritesBlocked", statistic = "Maximum", period = 300, comparison = "GreaterThanOrEqualToThreshold", threshold = 1, says = "The log server takes no lines" }
    key            = { metric = "KMSKeyInaccessible", statistic = "Maximum", period = 60, comparison = "GreaterThanOrEqualToThreshold", threshold = 1, says = "The key of the logs cannot be used; after two days the domain is lost" }
    # The metric is in MiB and of the fullest node; a quarter of a node's volume.
    storage = { metric = "FreeStorageSpace", statistic = "Minimum", period = 60, comparison = "LessThanOrEqualToThreshold", threshold = var.volume_gib * 256, says = "A node of the log server has less than a quarter of its disk left" }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

# https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html
resource "aws_cloudwatch_log_resource_policy" "this" {
  policy_name = "${var.name}-domain"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DomainWritesItsLog"
      Effect    = "Allow"
      Principal = { Service = "es.amazonaws.com" }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "${local.log_group_arn}:*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = local.domain_arn }
      }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = "AWS/ES"
  metric_name         = each.value.metric
  dimensions          = { DomainName = aws_opensearch_domain.this.domain_name, ClientId = local.account_id }
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = 1
  threshold           = each.value.threshold
  comparison_operator = each.value.comparison
  # The metric of the key exists only while something is wrong with it.
  treat_missing_data = each.key == "key" ? "notBreaching" : "missing"
  alarm_actions      = [var.alarm_topic_arn]
  ok_actions         = [var.alarm_topic_arn]
}
