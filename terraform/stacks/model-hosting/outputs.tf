output "region" {
  description = "AWS region of all resources."
  value       = var.region
}

output "repository_name" {
  description = "Name of the ECR repository."
  value       = module.pipeline.repository_name
}

output "repository_url" {
  description = "URL of the ECR repository, for docker push."
  value       = module.pipeline.repository_url
}

output "artifacts_bucket_name" {
  description = "Name of the bucket with claims, models and reports."
  value       = module.pipeline.artifacts_bucket_name
}

output "captures_bucket_name" {
  description = "Name of the bucket with captured requests, known costs and the monitor's reports."
  value       = module.endpoint.captures_bucket_name
}

output "model_package_group_name" {
  description = "Name of the model package group."
  value       = module.pipeline.model_package_group_name
}

output "pipeline_role_arn" {
  description = "ARN of the pipeline's execution role."
  value       = module.pipeline.pipeline_role_arn
}

output "jobs_role_arn" {
  description = "ARN of the execution role of the pipeline's jobs."
  value       = module.pipeline.jobs_role_arn
}

output "endpoint_role_arn" {
  description = "ARN of the execution role of the models."
  value       = module.endpoint.endpoint_role_arn
}

output "role_names" {
  description = "Names of the roles, by purpose."
  value       = merge(module.pipeline.role_names, module.endpoint.role_names)
}

output "subnet_ids" {
  description = "Ids of the private subnets of jobs and models."
  value       = sort(values(module.network.private_subnet_ids))
}

output "jobs_security_group_id" {
  description = "Id of the security group of the pipeline's jobs."
  value       = module.pipeline.jobs_security_group_id
}

output "endpoint_security_group_id" {
  description = "Id of the security group of the models' containers."
  value       = module.endpoint.security_group_id
}

output "endpoint_name" {
  description = "Name of the endpoint; null for batch."
  value       = module.endpoint.endpoint_name
}

output "deployment_alarm_names" {
  description = "Names of the alarms that stop a deployment."
  value       = module.endpoint.deployment_alarm_names
}

output "monitor_alarm_names" {
  description = "Names of the alarms on drift, quality and retraining."
  value       = sort(concat(module.endpoint.monitor_alarm_names, module.pipeline.alarm_names))
}

output "dashboard_name" {
  description = "Name of the dashboard; null for batch."
  value       = module.endpoint.dashboard_name
}

output "state_machine_arn" {
  description = "ARN of the state machine for retraining."
  value       = module.pipeline.state_machine_arn
}

output "drift_rule_name" {
  description = "Name of the EventBridge rule that starts retraining."
  value       = module.pipeline.drift_rule_name
}

output "lock_table_name" {
  description = "Name of the DynamoDB table with the retraining lock."
  value       = module.pipeline.lock_table_name
}

output "kms_key_arns" {
  description = "ARNs of the KMS keys, by what they encrypt."
  value       = { artifacts = module.pipeline.kms_key_arn, captures = module.endpoint.kms_key_arn }
}
