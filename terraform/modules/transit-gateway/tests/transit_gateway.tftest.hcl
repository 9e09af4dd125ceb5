mock_provider "aws" {
  override_during = plan
}

variables {
  name = "workspaces"
  networks = {
    user    = { vpc_id = "vpc-1", cidr_block = "10.20.0.0/20", subnet_ids = ["subnet-1"], route_table_id = "rtb-1" }
    fsx     = { vpc_id = "vpc-2", cidr_block = "10.20.16.0/20", subnet_ids = ["subnet-2"], route_table_id = "rtb-2" }
    support = { vpc_id = "vpc-3", cidr_block = "10.20.32.0/20", subnet_ids = ["subnet-3"], route_table_id = "rtb-3" }
  }
  connections = [["user", "fsx"], ["support", "user"]]
}

run "only_connected_networks_have_routes_to_each_other" {
  command = plan

  assert {
    condition     = toset(keys(aws_ec2_transit_gateway_route.this)) == toset(["user to fsx", "fsx to user", "support to user", "user to support"])
    error_message = "The gateway must route between user and fsx and between support and user, in both directions, and nowhere else."
  }
  assert {
    condition = toset([for route in values(aws_route.this) : "${route.route_table_id} ${route.destination_cidr_block}"]) == toset([
      "rtb-1 10.20.16.0/20", "rtb-1 10.20.32.0/20", "rtb-2 10.20.0.0/20", "rtb-3 10.20.0.0/20",
    ])
    error_message = "The subnets of fsx and support must have a route to user alone; user's have one to each."
  }
  assert {
    condition     = aws_ec2_transit_gateway_route.this["fsx to user"].destination_cidr_block == "10.20.0.0/20"
    error_message = "A route must lead to the other network's range."
  }
}

run "the_gateway_teaches_nobody_a_route" {
  command = plan

  assert {
    condition = (
      aws_ec2_transit_gateway.this.default_route_table_association == "disable" &&
      aws_ec2_transit_gateway.this.default_route_table_propagation == "disable" &&
      aws_ec2_transit_gateway.this.auto_accept_shared_attachments == "disable" &&
      alltrue([for attachment in aws_ec2_transit_gateway_vpc_attachment.this : !attachment.transit_gateway_default_route_table_association && !attachment.transit_gateway_default_route_table_propagation])
    )
    error_message = "Default association or propagation would connect every network with every other."
  }
  assert {
    condition     = length(aws_ec2_transit_gateway_route_table.this) == 3 && length(aws_ec2_transit_gateway_route_table_association.this) == 3
    error_message = "Each network must have a route table of its own."
  }
}

run "rejects_a_connection_to_an_unknown_network" {
  command = plan
  variables {
    connections = [["user", "internet"]]
  }
  expect_failures = [var.connections]
}

run "rejects_a_connection_of_one_network_with_itself" {
  command = plan
  variables {
    connections = [["user", "user"]]
  }
  expect_failures = [var.connections]
}

run "rejects_overlapping_ranges" {
  command = plan
  variables {
    networks = {
      user = { vpc_id = "vpc-1", cidr_block = "10.20.0.0/16", subnet_ids = ["subnet-1"], route_table_id = "rtb-1" }
      fsx  = { vpc_id = "vpc-2", cidr_block = "10.20.16.0/20", subnet_ids = ["subnet-2"], route_table_id = "rtb-2" }
    }
    connections = [["user", "fsx"]]
  }
  expect_failures = [var.networks]
}

run "rejects_a_single_network" {
  command = plan
  variables {
    networks    = { user = { vpc_id = "vpc-1", cidr_block = "10.20.0.0/16", subnet_ids = ["subnet-1"], route_table_id = "rtb-1" } }
    connections = []
  }
  expect_failures = [var.networks]
}

run "rejects_a_name_with_capitals" {
  command = plan
  variables {
    name = "Workspaces"
  }
  expect_failures = [var.name]
}
