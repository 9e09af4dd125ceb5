locals {
  alarm_actions = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]

  variants = local.on_instances ? ["blue", "green"] : ["blue"]

  # SageMaker's metrics by variant, shadows included. They decide a deployment, so the periods are short.
  watched = {
    errors = {
      metric = "Invocation5XXErrors", statistic = "Average", threshold = 0.01
      text   = "more than one request in a hundred fails"
    }
    slow = {
      # Microseconds.
      metric = "ModelLatency", statistic = "p99", threshold = 500000
      text   = "one request in a hundred takes longer than half a second"
    }
  }

  variant_alarms = local.has_endpoint ? {
    for pair in setproduct(local.variants, keys(local.watched)) :
    join("-", pair) => merge(local.watched[pair[1]], { variant = pair[0] })
  } : {}

  # The monitor's metrics. The next scheduled run, within six hours, detects drift.
  monitor_alarms = {
    drift = {
      metric = "FeaturesDrifted", comparison = "GreaterThanOrEqualToThreshold", threshold = 1, missing = "notBreaching"
      text   = "claims differ from those that the model was judged on; retraining starts by itself"
      period = 21600, periods = 1
    }
    quality = {
      metric = "QualityRatio", comparison = "GreaterThanThreshold", threshold = 1.1, missing = "notBreaching"
      text   = "predictions are a tenth worse than at training time, judged by known costs"
      period = 21600, periods = 1
    }
    # A monitor without captures cannot detect drift.
    blind = {
      metric = "RecordsJudged", comparison = "LessThanThreshold", threshold = 1, missing = "breaching"
      text   = "no claim was judged in two runs: captures or the monitor fail"
      # With flexible start times, one period can have two runs and the next none.
      period = 21600, periods = 2
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "variant" {
  for_each = local.variant_alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${var.name}, ${each.value.variant}: ${each.value.text}."
  namespace           = "AWS/SageMaker"
  metric_name         = each.value.metric
  dimensions          = { EndpointName = var.name, VariantName = each.value.variant }
  statistic           = each.value.statistic == "p99" ? null : each.value.statistic
  extended_statistic  = each.value.statistic == "p99" ? "p99" : null
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "monitor" {
  for_each = local.on_instances ? local.monitor_alarms : {}

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${var.name}: ${each.value.text}."
  namespace           = "ModelMonitor"
  metric_name         = each.value.metric
  dimensions          = { Model = var.name }
  statistic           = "Maximum"
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "monitor_lost" {
  count = local.on_instances ? 1 : 0

  alarm_name          = "${var.name}-monitor-lost"
  alarm_description   = "${var.name}: the monitor could not be started; the message in the dead-letter queue gives the reason."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.monitor_dead_letters[0].name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_dashboard" "this" {
  count = local.has_endpoint ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [for index, metric in ["Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "ModelLatency"] : {
        type = "metric", x = index % 2 * 12, y = floor(index / 2) * 6, width = 12, height = 6
        properties = {
          title  = metric
          region = local.region
          period = 60
          stat   = metric == "ModelLatency" ? "p99" : "Sum"
          metrics = [
            for variant in local.variants : ["AWS/SageMaker", metric, "EndpointName", var.name, "VariantName", variant]
          ]
        }
      }],
      [{
        type = "metric", x = 0, y = 12, width = 24, height = 6
        properties = {
          title  = "Drift and quality"
          region = local.region
          period = 3600
          stat   = "Maximum"
          metrics = [
            for metric in ["FeaturesDrifted", "QualityRatio", "RecordsJudged"] : ["ModelMonitor", metric, "Model", var.name]
          ]
        }
      }],
    )
  })
}
