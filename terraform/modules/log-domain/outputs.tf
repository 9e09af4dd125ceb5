output "domain_name" {
  description = "Name of the domain."
  value       = aws_opensearch_domain.this.domain_name
}

output "domain_arn" {
  description = "ARN of the domain."
  value       = aws_opensearch_domain.this.arn
}

output "server" {
  description = "Settings for senders: the server's URL, the prefix of the index names, and the days that lines are kept."
  value = {
    url            = "https://${aws_opensearch_domain.this.endpoint}"
    index          = var.index
    retention_days = var.retention_days
  }
}

output "reader_role_arn" {
  description = "ARN of the role that people assume to read logs."
  value       = aws_iam_role.reader.arn
}

output "security_group_id" {
  description = "Id of the domain's security group."
  value       = aws_security_group.this.id
}

output "alarm_names" {
  description = "Names of the alarms on the log server's health."
  value       = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]
}

output "log_group_name" {
  description = "Name of the log group with the domain's own log."
  value       = aws_cloudwatch_log_group.this.name
}

output "kms_key_arn" {
  description = "ARN of the key of the logs and of the domain's own log."
  value       = aws_kms_key.this.arn
}
