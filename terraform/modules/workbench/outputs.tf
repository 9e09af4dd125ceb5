output "instance_id" {
  description = "Id of the instance; aws ssm start-session --target takes it."
  value       = aws_instance.this.id
}

output "instance_name" {
  description = "Name tag of the instance."
  value       = aws_instance.this.tags["Name"]
}

output "instance_type" {
  description = "EC2 instance type."
  value       = aws_instance.this.instance_type
}

output "private_ip" {
  description = "Private address of the instance; it has no public address."
  value       = aws_instance.this.private_ip
}

output "security_group_id" {
  description = "Id of the instance's security group, for ingress rules of other groups."
  value       = aws_security_group.this.id
}

output "role_name" {
  description = "Name of the instance's role, for further permissions."
  value       = aws_iam_role.this.name
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts the root volume."
  value       = aws_kms_key.volume.arn
}
