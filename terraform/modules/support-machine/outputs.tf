output "group_name" {
  description = "Name of the Auto Scaling group of one machine."
  value       = aws_autoscaling_group.this.name
}

output "role_arn" {
  description = "ARN of the machine's role."
  value       = aws_iam_role.this.arn
}

output "security_group_id" {
  description = "Id of the machine's security group."
  value       = aws_security_group.this.id
}

output "launch_template_id" {
  description = "Id of the launch template."
  value       = aws_launch_template.this.id
}

output "kms_key_arn" {
  description = "ARN of the key of the volume."
  value       = aws_kms_key.this.arn
}
