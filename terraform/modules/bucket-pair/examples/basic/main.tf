terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

module "buckets" {
  source = "../.."

  name_prefix       = "example-111122223333-eu-west-1"
  reader_account_id = "001234567890"
}
