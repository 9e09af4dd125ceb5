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

  name               = "serving"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
}

module "endpoint" {
  source = "../.."

  name                       = "claims-model"
  hosting                    = "serverless"
  image                      = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims-model:1.0.0"
  jobs_image                 = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims-model:jobs-1.0.0"
  repository_arn             = "arn:aws:ecr:eu-west-1:111122223333:repository/claims-model"
  model_data_url             = "s3://example-111122223333-eu-west-1-models/models/1.0.0/model.tar.gz"
  artifacts_bucket           = "example-111122223333-eu-west-1-models"
  artifacts_kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000"
  captures_bucket            = "example-111122223333-eu-west-1-captures"
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = values(module.network.private_subnet_ids)
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
}
