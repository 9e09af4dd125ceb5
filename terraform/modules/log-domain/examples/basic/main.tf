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

  name               = "logs"
  availability_zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
}

variable "machines" {
  description = "Machines that send logs, and the one that sets the lifecycle: ARNs of their roles and their security group."
  type = object({
    writer_role_arns   = list(string)
    lifecycle_role_arn = string
    security_group_id  = string
  })
}

variable "topic_arn" {
  description = "ARN of the topic that the team subscribes to."
  type        = string
}

# Once in each account.
resource "aws_iam_service_linked_role" "opensearch" {
  aws_service_name = "opensearchservice.amazonaws.com"
}

module "logs" {
  source = "../.."

  name                      = "example-logs"
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.private_subnet_ids
  client_security_group_ids = { machines = var.machines.security_group_id }
  writer_role_arns          = var.machines.writer_role_arns
  lifecycle_role_arn        = var.machines.lifecycle_role_arn
  alarm_topic_arn           = var.topic_arn

  depends_on = [aws_iam_service_linked_role.opensearch]
}
