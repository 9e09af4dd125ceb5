# Local zones are also listed once an account has opted in, and EKS does not accept them.
data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_partition" "current" {}

locals {
  name  = "claims"
  zones = slice(sort(data.aws_availability_zones.available.names), 0, 3)

  subnet_tags = {
    "kubernetes.io/role/internal-elb" = "1"
    "karpenter.sh/discovery"          = local.name
  }

  image_actions = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
  ]
}

# Nodes can reach only AWS, so every image comes from ECR. Karpenter's other endpoints are in the list of
# its private clusters: aws/karpenter-provider-aws@v1.14.1,
# website/content/en/docs/getting-started/getting-started-with-karpenter/_index.md
module "network" {
  source = "../../modules/network"

  name               = "cluster"
  availability_zones = local.zones
  interface_services = {
    "ecr.api" = local.image_actions
    "ecr.dkr" = local.image_actions
    eks       = ["eks:DescribeCluster"]
    ssm       = ["ssm:GetParameter"]
    sqs       = ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
    eks-auth  = ["eks-auth:AssumeRoleForPodIdentity"]
    ec2 = [
      "ec2:AssignPrivateIpAddresses",
      "ec2:AttachNetworkInterface",
      "ec2:AttachVolume",
      "ec2:CreateFleet",
      "ec2:CreateLaunchTemplate",
      "ec2:CreateNetworkInterface",
      "ec2:CreateSnapshot",
      "ec2:CreateTags",
      "ec2:CreateVolume",
      "ec2:DeleteLaunchTemplate",
      "ec2:DeleteNetworkInterface",
      "ec2:DeleteSnapshot",
      "ec2:DeleteVolume",
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeCapacityReservations",
      "ec2:DescribeImages",
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceStatus",
      "ec2:DescribeInstanceTypeOfferings",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplates",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribePlacementGroups",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSnapshots",
      "ec2:DescribeSpotPriceHistory",
      "ec2:DescribeSubnets",
      "ec2:DescribeTags",
      "ec2:DescribeVolumes",
      "ec2:DescribeVolumesModifications",
      "ec2:DescribeVpcs",
      "ec2:DetachNetworkInterface",
      "ec2:DetachVolume",
      "ec2:ModifyNetworkInterfaceAttribute",
      "ec2:ModifyVolume",
      "ec2:RunInstances",
      "ec2:TerminateInstances",
      "ec2:UnassignPrivateIpAddresses",
    ]
  }
  buckets           = var.buckets
  presigned_objects = ["arn:${data.aws_partition.current.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"]
}

module "cluster" {
  source = "../../modules/kubernetes-cluster"

  name                          = local.name
  vpc_id                        = module.network.vpc_id
  subnet_ids                    = module.network.private_subnet_ids
  api_client_security_group_ids = var.api_client_security_group_ids
  access                        = var.access
  node_groups                   = var.node_groups
  pod_policies                  = var.pod_policies
}

# Where load balancers and Karpenter's nodes go:
# https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html, "Subnet requirements".
# The provider's ignore_tags keeps the network module from removing them.
resource "aws_ec2_tag" "subnet" {
  for_each = {
    for pair in setproduct(keys(module.network.private_subnet_ids), keys(local.subnet_tags)) : join(" ", pair) => { zone = pair[0], tag = pair[1] }
  }

  resource_id = module.network.private_subnet_ids[each.value.zone]
  key         = each.value.tag
  value       = local.subnet_tags[each.value.tag]
}
