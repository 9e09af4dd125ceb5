provider "aws" {
  region = var.region

  # Set by aws_ec2_tag, on subnets of another module.
  ignore_tags {
    keys = ["karpenter.sh/discovery", "kubernetes.io/role/internal-elb"]
  }

  default_tags {
    tags = {
      Stack     = "cluster"
      ManagedBy = "terraform"
    }
  }
}
