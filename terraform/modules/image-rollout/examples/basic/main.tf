terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

variable "fleet" {
  description = "Outputs of workstation-fleet: groups by wave, subnets, security group and alarms."
  type = object({
    groups_by_wave           = object({ first = list(string), rest = list(string) })
    subnet_ids               = list(string)
    security_group_id        = string
    machine_role_arn_pattern = string
    alarm_names              = list(string)
  })
}

module "rollout" {
  source = "../.."

  name                     = "example-rollout"
  fleet_name               = "example"
  image_parameter_name     = "/imagebuilder/example/image"
  image_tag                = { key = "Pipeline", value = "example-image" }
  email                    = "platform@example.com"
  groups                   = var.fleet.groups_by_wave
  subnet_ids               = var.fleet.subnet_ids
  security_group_id        = var.fleet.security_group_id
  machine_role_arn_pattern = var.fleet.machine_role_arn_pattern
  alarm_names              = var.fleet.alarm_names
}
