# Reads the variables that the two targets are applied with, so that the
# tests cannot drift from them.
terraform {
  required_version = ">= 1.9"

  required_providers {
    terraform = {
      source = "terraform.io/builtin/terraform"
    }
  }
}

output "aws" {
  description = "Variables of the target aws."
  value       = provider::terraform::decode_tfvars(file("${path.module}/../../targets/aws.tfvars"))
}

output "local" {
  description = "Variables of the target local."
  value       = provider::terraform::decode_tfvars(file("${path.module}/../../targets/local.tfvars"))
}
