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

  name               = "support"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  interface_services = {
    ec2         = ["ec2:DescribeInstances"]
    kms         = ["kms:Decrypt"]
    sns         = ["sns:Publish"]
    ssm         = ["ssm:UpdateInstanceInformation"]
    ssmmessages = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
  }
}

variable "topic" {
  description = "Topic that the team subscribes to, and its key."
  type = object({
    arn     = string
    key_arn = string
  })
}

variable "workstation_security_group_id" {
  description = "Id of the workstations' security group."
  type        = string
}

module "icinga" {
  source = "../.."

  name                          = "icinga"
  image_id                      = "resolve:ssm:/imagebuilder/icinga/image"
  fleet_name                    = "example"
  vpc_id                        = module.network.vpc_id
  subnet_ids                    = module.network.private_subnet_ids
  endpoint_security_group_id    = module.network.endpoint_security_group_id
  workstation_security_group_id = var.workstation_security_group_id
  peering                       = { own_cidr_block = module.network.vpc_cidr_block, workstation_cidr_block = "10.21.0.0/20" }
  topic_arn                     = var.topic.arn
  topic_key_arn                 = var.topic.key_arn
}
