provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Stack     = "workbench"
      ManagedBy = "terraform"
    }
  }
}
