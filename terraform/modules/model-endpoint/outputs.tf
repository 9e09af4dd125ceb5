output "endpoint_name" {
  description = "Name of the endpoint; null for batch."
  value       = one(aws_sagemaker_endpoint.this[*].name)
}

output "model_name" {
  description = "Name of the first model."
  value       = aws_sagemaker_model.this.name
}

output "captures_bucket_name" {
  description = "Name of the bucket with captured requests, known costs and reports."
  value       = aws_s3_bucket.captures.id
}

output "endpoint_role_arn" {
  description = "ARN of the execution role of the models."
  value       = aws_iam_role.endpoint.arn
}

output "security_group_id" {
  description = "Id of the containers' security group."
  value       = aws_security_group.this.id
}

output "role_names" {
  description = "Names of the roles, by purpose."
  value = merge(
    { endpoint = aws_iam_role.endpoint.name, monitor = aws_iam_role.monitor.name },
    local.on_instances ? { schedule = aws_iam_role.schedule[0].name } : {},
  )
}

output "deployment_alarm_names" {
  description = "Names of the alarms that stop a deployment."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.variant : alarm.alarm_name])
}

output "monitor_alarm_names" {
  description = "Names of the alarms on drift and quality."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.monitor : alarm.alarm_name])
}

output "dashboard_name" {
  description = "Name of the dashboard; null for batch."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "kms_key_arn" {
  description = "ARN of the key of volumes and captures."
  value       = aws_kms_key.this.arn
}
