output "repository_name" {
  description = "Name of the ECR repository."
  value       = aws_ecr_repository.this.name
}

output "repository_url" {
  description = "URL of the ECR repository, for docker push."
  value       = aws_ecr_repository.this.repository_url
}

output "repository_arn" {
  description = "ARN of the ECR repository."
  value       = aws_ecr_repository.this.arn
}

output "artifacts_bucket_name" {
  description = "Name of the bucket with claims, models and reports."
  value       = aws_s3_bucket.artifacts.id
}

output "model_package_group_name" {
  description = "Name of the model package group."
  value       = aws_sagemaker_model_package_group.this.model_package_group_name
}

output "pipeline_role_arn" {
  description = "ARN of the pipeline's execution role."
  value       = aws_iam_role.pipeline.arn
}

output "jobs_role_arn" {
  description = "ARN of the execution role of the pipeline's jobs."
  value       = aws_iam_role.jobs.arn
}

output "jobs_security_group_id" {
  description = "Id of the security group of the pipeline's jobs."
  value       = aws_security_group.jobs.id
}

output "role_names" {
  description = "Names of the roles, by purpose."
  value = {
    pipeline = aws_iam_role.pipeline.name
    jobs     = aws_iam_role.jobs.name
    retrain  = aws_iam_role.retrain.name
    events   = aws_iam_role.events.name
  }
}

output "state_machine_arn" {
  description = "ARN of the state machine for retraining."
  value       = aws_sfn_state_machine.retrain.arn
}

output "drift_rule_name" {
  description = "Name of the EventBridge rule that starts retraining."
  value       = aws_cloudwatch_event_rule.drift.name
}

output "lock_table_name" {
  description = "Name of the DynamoDB table with the retraining lock."
  value       = aws_dynamodb_table.lock.name
}

output "alarm_names" {
  description = "Names of the alarms on retraining."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.retrain : alarm.alarm_name])
}

output "kms_key_arn" {
  description = "ARN of the key of images, models, reports, lock and logs."
  value       = aws_kms_key.this.arn
}
