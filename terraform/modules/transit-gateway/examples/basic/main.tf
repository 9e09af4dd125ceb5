terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

locals {
  networks = { user = "10.20.0.0/20", data = "10.20.16.0/20", support = "10.20.32.0/20" }
}

module "network" {
  source   = "../../../network"
  for_each = local.networks

  name               = each.key
  cidr_block         = each.value
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  interface_services = {}
}

module "transit_gateway" {
  source = "../.."

  name = "example"
  networks = {
    for name, network in module.network : name => {
      vpc_id         = network.vpc_id
      cidr_block     = network.vpc_cidr_block
      subnet_ids     = [for zone in ["eu-west-1a", "eu-west-1b"] : network.private_subnet_ids[zone]]
      route_table_id = network.private_route_table_id
    }
  }
  connections = [["user", "data"], ["support", "user"]]
}
