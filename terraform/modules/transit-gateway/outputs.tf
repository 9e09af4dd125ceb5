output "transit_gateway_id" {
  description = "Id of the transit gateway."
  value       = aws_ec2_transit_gateway.this.id
}

output "attachment_ids" {
  description = "Ids of the attachments, by network."
  value       = { for name, attachment in aws_ec2_transit_gateway_vpc_attachment.this : name => attachment.id }
}

output "route_table_ids" {
  description = "Ids of the gateway's route tables, by network."
  value       = { for name, table in aws_ec2_transit_gateway_route_table.this : name => table.id }
}

output "routes" {
  description = "Directions that have a route, for example \"user to fsx\"."
  value       = keys(aws_ec2_transit_gateway_route.this)
}
