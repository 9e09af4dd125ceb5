output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr_block" {
  description = "Address range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, by availability zone."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "private_route_table_id" {
  description = "Id of the private subnets' route table."
  value       = aws_route_table.private.id
}

output "endpoint_security_group_id" {
  description = "Id of the interface endpoints' security group; clients need an egress rule for HTTPS to it."
  value       = aws_security_group.endpoints.id
}

output "s3_endpoint_id" {
  description = "Id of the gateway endpoint for S3, for bucket policies; null without that endpoint."
  value       = one(aws_vpc_endpoint.s3[*].id)
}

output "s3_prefix_list_id" {
  description = "Id of the prefix list of S3 in this region, for a rule that allows HTTPS to the gateway endpoint; null without that endpoint."
  value       = one(aws_vpc_endpoint.s3[*].prefix_list_id)
}

output "flow_log_group_name" {
  description = "Name of the log group that the flow logs go to."
  value       = aws_cloudwatch_log_group.flow_logs.name
}

output "dns_log_group_name" {
  description = "Name of the log group with the VPC's DNS queries."
  value       = aws_cloudwatch_log_group.dns.name
}

output "dns_rule_group_id" {
  description = "Id of the DNS Firewall rule group."
  value       = aws_route53_resolver_firewall_rule_group.this.id
}

output "flow_log_kms_key_arn" {
  description = "ARN of the key that encrypts the flow logs and the DNS query logs."
  value       = aws_kms_key.flow_logs.arn
}
