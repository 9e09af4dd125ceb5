output "region" {
  description = "AWS region of all resources."
  value       = var.region
}

output "account_id" {
  description = "Id of the AWS account of all resources."
  value       = data.aws_caller_identity.current.account_id
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = module.network.vpc_id
}

output "instance_id" {
  description = "Id of the instance; aws ssm start-session --target takes it."
  value       = module.workbench.instance_id
}

output "instance_name" {
  description = "Name tag of the instance."
  value       = module.workbench.instance_name
}

output "instance_type" {
  description = "EC2 instance type of the instance."
  value       = module.workbench.instance_type
}

output "cluster_identifier" {
  description = "Identifier of the database cluster."
  value       = module.database.cluster_identifier
}

output "cluster_endpoint" {
  description = "Host name of the cluster's writer."
  value       = module.database.endpoint
}

output "cluster_instances" {
  description = "Identifiers of the cluster's instances, by availability zone."
  value       = module.database.instances
}

output "max_connections" {
  description = "Maximum number of connections to one database instance."
  value       = module.database.max_connections
}

output "instance_parameter_group_name" {
  description = "Name of the instance-level parameter group, which holds max_connections."
  value       = module.database.instance_parameter_group_name
}

output "cluster_parameter_group_name" {
  description = "Name of the cluster-level parameter group, which requires TLS."
  value       = module.database.cluster_parameter_group_name
}

output "master_user_secret_arn" {
  description = "ARN of the secret with the database administrator's password."
  value       = module.database.master_user_secret_arn
}

output "public_bucket_name" {
  description = "Name of the bucket whose objects anyone may read."
  value       = module.buckets.public_bucket_name
}

output "private_bucket_name" {
  description = "Name of the bucket that this account and the reader account may read."
  value       = module.buckets.private_bucket_name
}

output "reader_account_id" {
  description = "Id of the other account that may read the private bucket, with its leading zeros."
  value       = module.buckets.reader_account_id
}

output "group_name" {
  description = "Name of the group."
  value       = module.users.group_name
}

output "user_names" {
  description = "Names of the group's users, sorted."
  value       = module.users.user_names
}

output "kms_key_arns" {
  description = "ARNs of the KMS keys, by what they encrypt."
  value = {
    database       = module.database.kms_key_arn
    flow_logs      = module.network.flow_log_kms_key_arn
    private_bucket = module.buckets.kms_key_arn
    volume         = module.workbench.kms_key_arn
  }
}
