resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

# A file that has not reached S3 is a file without a backup:
# https://docs.aws.amazon.com/fsx/latest/LustreGuide/fs-metrics.html
resource "aws_cloudwatch_metric_alarm" "export_behind" {
  alarm_name          = "${var.name}-export-behind"
  alarm_description   = "Files have waited for an hour to be exported to S3"
  namespace           = "AWS/FSx"
  metric_name         = "AgeOfOldestQueuedMessage"
  dimensions          = { FileSystemId = aws_fsx_lustre_file_system.this.id, Publisher = "AutoExport" }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 3
  threshold           = 3600
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
