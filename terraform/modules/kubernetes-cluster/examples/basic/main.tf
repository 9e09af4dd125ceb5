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

  name               = "cluster"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
}

module "cluster" {
  source = "../.."

  name       = "example"
  vpc_id     = module.network.vpc_id
  subnet_ids = module.network.private_subnet_ids
  access     = { platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "cluster-admin" } }
}
