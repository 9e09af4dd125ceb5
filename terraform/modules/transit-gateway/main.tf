locals {
  # A route leads one way, so each connection makes two.
  ways = merge([
    for pair in var.connections : {
      "${pair[0]} to ${pair[1]}" = { from = pair[0], to = pair[1] }
      "${pair[1]} to ${pair[0]}" = { from = pair[1], to = pair[0] }
    }
  ]...)
}

# The defaults would put every attachment into one route table and teach it every network.
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

# One table for each network: it holds the way to that network's peers and to nobody else.
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

# In the subnets' route tables too, a network knows its peers only.
resource "aws_route" "this" {
  for_each = local.ways

  route_table_id         = var.networks[each.value.from].route_table_id
  destination_cidr_block = var.networks[each.value.to].cidr_block
  transit_gateway_id     = aws_ec2_transit_gateway.this.id

  # EC2 refuses a route to a gateway that the VPC is not attached to.
  depends_on = [aws_ec2_transit_gateway_vpc_attachment.this]
}
