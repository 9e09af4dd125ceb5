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

  name               = "images"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  interface_services = {
    imagebuilder = ["imagebuilder:GetComponent"]
    kms          = ["kms:Decrypt"]
    logs         = ["logs:CreateLogStream", "logs:PutLogEvents"]
    ssm          = ["ssm:UpdateInstanceInformation"]
    ssmmessages  = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
  }
  buckets           = { "example-image-source-111122223333-eu-west-1" = ["s3:GetObject", "s3:ListBucket"] }
  readable_objects  = ["arn:aws:s3:::ec2imagebuilder-toe-eu-west-1-prod/*", "arn:aws:s3:::ec2imagebuilder-managed-resources-eu-west-1-prod/*"]
  presigned_objects = ["arn:aws:s3:::package-mirror/*"]
}

resource "aws_ssm_parameter" "image" {
  name        = "/imagebuilder/example/image"
  description = "Id of the newest image"
  type        = "String"
  value       = "none"

  lifecycle {
    ignore_changes = [value]
  }
}

module "image" {
  source = "../.."

  name                       = "example-image"
  package_mirror             = { url = "https://package-mirror.s3.eu-west-1.amazonaws.com/ubuntu", key_sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
  image_parameter_name       = aws_ssm_parameter.image.name
  vpc_id                     = module.network.vpc_id
  subnet_id                  = module.network.private_subnet_ids["eu-west-1a"]
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
}
