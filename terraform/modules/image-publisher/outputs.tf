output "role_arn" {
  description = "ARN of the role that the workflow assumes."
  value       = aws_iam_role.this.arn
}

output "pipeline_arn" {
  description = "ARN of the one pipeline that the role starts."
  value       = local.pipeline_arn
}
