terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

module "image_publisher" {
  source = "../.."

  image_name   = "workstation-image"
  repository   = "example/infrastructure"
  provider_arn = aws_iam_openid_connect_provider.github.arn
}
