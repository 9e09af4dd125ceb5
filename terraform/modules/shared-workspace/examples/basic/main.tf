terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

module "network_data" {
  source = "../../../network"

  name               = "data"
  cidr_block         = "10.20.16.0/20"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  interface_services = {}
}

# In your stack these two belong to the machines' network, see transit-gateway.
variable "client_security_group_id" {
  description = "Id of the security group of the machines that mount the file system."
  type        = string
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that hears when the export falls behind."
  type        = string
}

module "workspace" {
  source = "../.."

  name                     = "example"
  user_ids                 = { ana = 20001, bob = 20002 }
  vpc_id                   = module.network_data.vpc_id
  subnet_id                = module.network_data.private_subnet_ids["eu-west-1a"]
  cidr_block               = module.network_data.vpc_cidr_block
  client_cidr_block        = "10.20.0.0/20"
  client_security_group_id = var.client_security_group_id
  alarm_topic_arn          = var.alarm_topic_arn
}

output "mount_source" {
  description = "What machines mount at /workspaces."
  value       = module.workspace.mount_source
}
