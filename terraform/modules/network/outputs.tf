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
  description = "Id of the security group that the interface endpoints carry; allow HTTPS to it."
  value       = aws_security_group.endpoints.id
}

output "s3_prefix_list_id" {
  description = "Id of the prefix list of S3 in this region; allow HTTPS to it for the gateway endpoint."
  value       = aws_vpc_endpoint.s3.prefix_list_id
}

output "flow_log_group_name" {
  description = "Name of the log group that the flow logs go to."
  value       = aws_cloudwatch_log_group.flow_logs.name
}

output "flow_log_kms_key_arn" {
  description = "ARN of the key that encrypts the flow logs."
  value       = aws_kms_key.flow_logs.arn
}
