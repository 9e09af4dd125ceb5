provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Stack     = "processor"
      ManagedBy = "terraform"
    }
  }
}
