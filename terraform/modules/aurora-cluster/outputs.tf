output "cluster_identifier" {
  description = "Identifier of the cluster."
  value       = aws_rds_cluster.this.cluster_identifier
}

output "cluster_arn" {
  description = "ARN of the cluster."
  value       = aws_rds_cluster.this.arn
}

output "endpoint" {
  description = "Host name of the writer."
  value       = aws_rds_cluster.this.endpoint
}

output "reader_endpoint" {
  description = "Host name that spreads connections over the readers."
  value       = aws_rds_cluster.this.reader_endpoint
}

output "port" {
  description = "Port of the cluster."
  value       = aws_rds_cluster.this.port
}

output "instances" {
  description = "Identifiers of the instances, by availability zone."
  value       = { for instance in aws_rds_cluster_instance.this : instance.availability_zone => instance.identifier }
}

output "instance_class" {
  description = "Class of every instance."
  value       = var.instance_class
}

output "max_connections" {
  description = "Maximum number of connections to one instance (max_connections in the parameter group)."
  value       = one([for parameter in aws_db_parameter_group.this.parameter : parameter.value if parameter.name == "max_connections"])
}

output "instance_parameter_group_name" {
  description = "Name of the instance-level parameter group, which holds max_connections."
  value       = aws_db_parameter_group.this.name
}

output "cluster_parameter_group_name" {
  description = "Name of the cluster-level parameter group, which requires TLS."
  value       = aws_rds_cluster_parameter_group.this.name
}

output "security_group_id" {
  description = "Id of the cluster's security group, for the clients' egress rules."
  value       = aws_security_group.this.id
}

output "master_user_secret_arn" {
  description = "ARN of the secret with the administrator's password."
  value       = one(aws_rds_cluster.this.master_user_secret[*].secret_arn)
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts storage, password, insights and logs."
  value       = aws_kms_key.this.arn
}
