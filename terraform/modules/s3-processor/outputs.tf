output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "results_bucket_name" {
  description = "Name of the bucket with the results."
  value       = aws_s3_bucket.results.id
}

output "results_bucket_arn" {
  description = "ARN of the bucket with the results, for the policies of those who read them."
  value       = aws_s3_bucket.results.arn
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts the results, for the policies of those who read them."
  value       = aws_kms_key.this.arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name
}

output "dead_letter_queue_url" {
  description = "URL of the queue with events that failed three times."
  value       = aws_sqs_queue.dead_letters.url
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "alarm_names" {
  description = "Names of the alarms on errors, throttling, duration, lost events and unreadable objects."
  value       = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]
}
