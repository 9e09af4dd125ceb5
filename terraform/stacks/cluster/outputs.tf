output "region" {
  description = "AWS region of all resources."
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
  description = "URL of the API server, which is reachable from the VPC only."
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

output "node_instance_profile_name" {
  description = "Name of the instance profile for Karpenter's node classes."
  value       = module.cluster.node_instance_profile_name
}

output "interruption_queue_name" {
  description = "Name of the queue with interruption notices for Karpenter."
  value       = module.cluster.interruption_queue_name
}

output "image_repository_urls" {
  description = "URLs of the image repositories, by name."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "pod_role_arns" {
  description = "ARNs of the Pod Identity roles, by add-on or name in `pod_policies`."
  value       = module.cluster.pod_role_arns
}

output "api_security_group_id" {
  description = "Id of the security group that lets clients other than nodes call the API server."
  value       = module.cluster.api_security_group_id
}

output "log_group_name" {
  description = "Name of the log group with the control plane's logs."
  value       = module.cluster.log_group_name
}

output "kms_key_arns" {
  description = "ARNs of the KMS keys, by what they encrypt."
  value       = merge(module.cluster.kms_key_arns, { images = aws_kms_key.images.arn })
}
