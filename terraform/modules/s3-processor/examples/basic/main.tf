terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

module "processor" {
  source = "../.."

  name           = "claims"
  package        = var.package
  input_bucket   = "example-111122223333-eu-west-1-input"
  results_bucket = "example-111122223333-eu-west-1-results"
}

variable "package" {
  description = "Path of the zip with the function."
  type        = string
}
