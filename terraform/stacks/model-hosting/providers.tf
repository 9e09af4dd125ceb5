provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Stack     = "model-hosting"
      ManagedBy = "terraform"
    }
  }
}
