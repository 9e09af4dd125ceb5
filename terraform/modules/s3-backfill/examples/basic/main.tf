terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

module "backfill" {
  source = "../.."

  name         = "claims-backfill"
  function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:claims"
  input_bucket = "example-111122223333-eu-west-1-input"
  bucket       = "example-111122223333-eu-west-1-backfill"
}
