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
  source = "../.."

  name               = "example"
  cidr_block         = "10.20.0.0/20"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  interface_services = {
    logs = ["logs:CreateLogStream", "logs:PutLogEvents"]
    ssm  = ["ssm:UpdateInstanceInformation"]
  }
  buckets = { "example-111122223333-eu-west-1" = ["s3:GetObject"] }
}
