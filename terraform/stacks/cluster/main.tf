# Local zones are listed too once an account has opted in, and EKS does not take them.
data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_partition" "current" {}

locals {
  zones = slice(sort(data.aws_availability_zones.available.names), 0, 3)

  image_actions = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
  ]
}

# Nodes reach AWS and nothing else, so every image comes from ECR, through a
# pull-through cache where it is somebody else's.
module "network" {
  source = "../../modules/network"

  name               = "cluster"
  availability_zones = local.zones
  interface_services = {
    "ecr.api" = local.image_actions
    "ecr.dkr" = local.image_actions
    eks       = ["eks:DescribeCluster"]
    eks-auth  = ["eks-auth:AssumeRoleForPodIdentity"]
    ec2 = [
      "ec2:AssignPrivateIpAddresses",
      "ec2:AttachNetworkInterface",
      "ec2:AttachVolume",
      "ec2:CreateNetworkInterface",
      "ec2:CreateSnapshot",
      "ec2:CreateTags",
      "ec2:CreateVolume",
      "ec2:DeleteNetworkInterface",
      "ec2:DeleteSnapshot",
      "ec2:DeleteVolume",
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSnapshots",
      "ec2:DescribeSubnets",
      "ec2:DescribeTags",
      "ec2:DescribeVolumes",
      "ec2:DescribeVolumesModifications",
      "ec2:DescribeVpcs",
      "ec2:DetachNetworkInterface",
      "ec2:DetachVolume",
      "ec2:ModifyNetworkInterfaceAttribute",
      "ec2:ModifyVolume",
      "ec2:UnassignPrivateIpAddresses",
    ]
  }
  presigned_objects = ["arn:${data.aws_partition.current.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"]
}

module "cluster" {
  source = "../../modules/kubernetes-cluster"

  name               = "claims"
  vpc_id             = module.network.vpc_id
  subnet_ids         = module.network.private_subnet_ids
  access             = var.access
  node_groups        = var.node_groups
  add_ons_and_access = !var.is_emulated
}
