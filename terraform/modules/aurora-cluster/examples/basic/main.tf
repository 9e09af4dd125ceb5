terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

module "network" {
  source = "../../../network"

  name               = "database"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
}

module "database" {
  source = "../.."

  name               = "example"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  max_connections    = 16000
  vpc_id             = module.network.vpc_id
  subnet_ids         = values(module.network.private_subnet_ids)
}
