output "state_machine_arn" {
  description = "ARN of the state machine; aws stepfunctions start-execution takes it."
  value       = aws_sfn_state_machine.this.arn
}

output "topic_arn" {
  description = "ARN of the topic for alarms and rejected images."
  value       = aws_sns_topic.this.arn
}

output "rule_names" {
  description = "Names of the EventBridge rules that start the rollout."
  value       = [aws_cloudwatch_event_rule.image_changed.name, aws_cloudwatch_event_rule.reconcile.name]
}

output "dead_letter_queue_url" {
  description = "URL of the queue with events that could not start a rollout."
  value       = aws_sqs_queue.dead_letters.url
}

output "alarm_names" {
  description = "Names of the alarms on failed, aborted and lost rollouts."
  value       = concat([for alarm in aws_cloudwatch_metric_alarm.failed : alarm.alarm_name], [aws_cloudwatch_metric_alarm.dead_letters.alarm_name])
}

output "log_group_name" {
  description = "Name of the log group of the rollouts."
  value       = aws_cloudwatch_log_group.this.name
}

output "kms_key_arn" {
  description = "ARN of the key of logs, notifications and dead letters."
  value       = aws_kms_key.this.arn
}
