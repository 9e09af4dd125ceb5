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

  name               = "workbench"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

module "workbench" {
  source = "../.."

  name                       = "workbench1"
  ami_id                     = nonsensitive(data.aws_ssm_parameter.image.value)
  vpc_id                     = module.network.vpc_id
  subnet_id                  = module.network.private_subnet_ids["eu-west-1a"]
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
}
