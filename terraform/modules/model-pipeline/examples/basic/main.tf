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

  name               = "models"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
}

module "pipeline" {
  source = "../.."

  name                       = "claims-model"
  artifacts_bucket           = "example-111122223333-eu-west-1-models"
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = values(module.network.private_subnet_ids)
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
}
