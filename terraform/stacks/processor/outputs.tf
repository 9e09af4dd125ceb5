output "region" {
  description = "AWS region of all resources."
  value       = var.region
}

output "input_bucket_name" {
  description = "Name of the bucket for incoming claims (prefix incoming/)."
  value       = aws_s3_bucket.input.id
}

output "results_bucket_name" {
  description = "Name of the bucket with the results."
  value       = module.processor.results_bucket_name
}

output "function_name" {
  description = "Name of the function."
  value       = module.processor.function_name
}

output "function_arn" {
  description = "ARN of the function."
  value       = module.processor.function_arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = module.processor.role_name
}

output "dead_letter_queue_url" {
  description = "URL of the queue with events that failed three times."
  value       = module.processor.dead_letter_queue_url
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = module.processor.log_group_name
}

output "alarm_names" {
  description = "Names of the alarms on errors, throttling, duration, lost events and unreadable objects."
  value       = module.processor.alarm_names
}

output "backfill_name" {
  description = "Name of the backfill's state machine and inventory."
  value       = local.backfill
}

output "backfill_arn" {
  description = "ARN of the backfill's state machine."
  value       = module.backfill.state_machine_arn
}

output "backfill_bucket_name" {
  description = "Name of the bucket with inventories and runs."
  value       = module.backfill.bucket_name
}

output "backfill_role_name" {
  description = "Name of the state machine's role."
  value       = module.backfill.role_name
}

output "kms_key_arns" {
  description = "ARNs of the KMS keys, by what they encrypt."
  value       = { input = aws_kms_key.input.arn, results = module.processor.kms_key_arn, backfill = module.backfill.kms_key_arn }
}
