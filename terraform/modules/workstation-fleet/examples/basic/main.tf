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

  name               = "fleet"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  interface_services = {
    autoscaling = ["autoscaling:CompleteLifecycleAction"]
    kms         = ["kms:Decrypt"]
    logs        = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    ssm         = ["ssm:UpdateInstanceInformation"]
    ssmmessages = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
  }
  buckets = { "example-111122223333-eu-west-1" = ["s3:GetObject"] }
}

variable "image_id" {
  description = "Image that golden-image built."
  type        = string
}

module "fleet" {
  source = "../.."

  name                       = "example"
  users                      = { ana = { first_wave = true }, bob = { instance_type = "g4dn.2xlarge" } }
  image_id                   = var.image_id
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = module.network.private_subnet_ids
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
}
