provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Stack     = "platform"
      ManagedBy = "terraform"
    }
  }
}
