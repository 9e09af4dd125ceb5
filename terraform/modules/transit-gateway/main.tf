locals {
  # A route has one direction, so each connection needs two.
  ways = merge([
    for pair in var.connections : {
      "${pair[0]} to ${pair[1]}" = { from = pair[0], to = pair[1] }
      "${pair[1]} to ${pair[0]}" = { from = pair[1], to = pair[0] }
    }
  ]...)
}

# The defaults would put every attachment into one route table and propagate every network to it.
resource "aws_ec2_transit_gateway" "this" {
  description                     = var.name
  auto_accept_shared_attachments  = "disable"
  default_route_table_association = "disable"
  default_route_table_propagation = "disable"

  tags = { Name = var.name }
}

resource "aws_ec2_transit_gateway_vpc_attachment" "this" {
  for_each = var.networks

  transit_gateway_id                              = aws_ec2_transit_gateway.this.id
  vpc_id                                          = each.value.vpc_id
  subnet_ids                                      = each.value.subnet_ids
  transit_gateway_default_route_table_association = false
  transit_gateway_default_route_table_propagation = false

  tags = { Name = "${var.name}-${each.key}" }
}

# One table for each network, with routes to that network's peers only.
resource "aws_ec2_transit_gateway_route_table" "this" {
  for_each = var.networks

  transit_gateway_id = aws_ec2_transit_gateway.this.id

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_ec2_transit_gateway_route_table_association" "this" {
  for_each = var.networks

  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.this[each.key].id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.this[each.key].id
}

resource "aws_ec2_transit_gateway_route" "this" {
  for_each = local.ways

  destination_cidr_block         = var.networks[each.value.to].cidr_block
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.this[each.value.to].id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.this[each.value.from].id
}

# The subnets' route tables also hold routes to peers only.
resource "aws_route" "this" {
  for_each = local.ways

  route_table_id         = var.networks[each.value.from].route_table_id
  destination_cidr_block = var.networks[each.value.to].cidr_block
  transit_gateway_id     = aws_ec2_transit_gateway.this.id

  # EC2 rejects a route to a gateway that the VPC is not attached to.
  depends_on = [aws_ec2_transit_gateway_vpc_attachment.this]
}
