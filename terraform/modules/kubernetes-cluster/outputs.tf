output "name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "endpoint" {
  description = "URL of the API server, which is reachable from the VPC only."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority" {
  description = "CA certificate of the API server, base64-encoded."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "node_group_names" {
  description = "Names of the node groups, by type of node."
  value       = { for type, group in aws_eks_node_group.this : type => group.node_group_name }
}

output "launch_template_ids" {
  description = "Ids of the launch templates, by type of node."
  value       = { for type, template in aws_launch_template.node : type => template.id }
}

output "node_role_arn" {
  description = "ARN of the nodes' role."
  value       = aws_iam_role.node.arn
}

output "node_instance_profile_name" {
  description = "Name of the instance profile for Karpenter's node classes."
  value       = aws_iam_instance_profile.node.name
}

output "interruption_queue_name" {
  description = "Name of the queue with interruption notices for Karpenter."
  value       = aws_sqs_queue.interruptions.name
}

output "pod_role_arns" {
  description = "ARNs of the Pod Identity roles, by add-on or name in `pod_policies`."
  value       = { for name, role in aws_iam_role.pod : name => role.arn }
}

output "api_security_group_id" {
  description = "Id of the security group that lets clients other than nodes call the API server."
  value       = aws_security_group.api.id
}

output "log_group_name" {
  description = "Name of the log group with the control plane's logs."
  value       = aws_cloudwatch_log_group.control_plane.name
}

output "kms_key_arns" {
  description = "ARNs of the KMS keys, by what they encrypt."
  value = {
    secrets = aws_kms_key.secrets.arn
    logs    = aws_kms_key.logs.arn
    volumes = aws_kms_key.volumes.arn
  }
}
