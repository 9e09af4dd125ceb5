output "region" {
  description = "AWS region that everything lives in."
  value       = var.region
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = module.network.vpc_id
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, by availability zone."
  value       = module.network.private_subnet_ids
}

output "cluster_name" {
  description = "Name of the Kubernetes cluster."
  value       = module.cluster.name
}

output "cluster_endpoint" {
  description = "Address of the API server, which answers inside the VPC only."
  value       = module.cluster.endpoint
}

output "node_group_names" {
  description = "Names of the node groups, by type of node."
  value       = module.cluster.node_group_names
}

output "launch_template_ids" {
  description = "Ids of the launch templates, by type of node."
  value       = module.cluster.launch_template_ids
}

output "node_role_arn" {
  description = "ARN of the nodes' role."
  value       = module.cluster.node_role_arn
}

output "pod_role_arns" {
  description = "ARNs of the roles that pods get by Pod Identity, by add-on."
  value       = module.cluster.pod_role_arns
}

output "api_security_group_id" {
  description = "Id of the security group that lets others than nodes call the API server."
  value       = module.cluster.api_security_group_id
}

output "log_group_name" {
  description = "Name of the log group with the control plane's logs."
  value       = module.cluster.log_group_name
}

output "kms_key_arns" {
  description = "ARNs of the keys, by what they encrypt."
  value       = module.cluster.kms_key_arns
}
