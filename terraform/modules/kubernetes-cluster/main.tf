data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # Literal names, because keys, roles and log group must exist before the cluster.
  cluster_arn = "arn:${local.partition}:eks:${local.region}:${local.account_id}:cluster/${var.name}"
}

resource "aws_eks_cluster" "this" {
  name     = var.name
  version  = var.kubernetes_version
  role_arn = aws_iam_role.cluster.arn

  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  # The add-ons below are AWS's own, pinned and updated with this code.
  bootstrap_self_managed_addons = false

  access_config {
    authentication_mode = "API"
    # Otherwise the creator of the cluster would stay administrator, without an access entry in this list.
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.secrets.arn
    }
  }

  kubernetes_network_config {
    ip_family         = "ipv4"
    service_ipv4_cidr = var.service_cidr_block
  }

  # Upgrade in time: extended support costs six times the price. 1.35 has standard support until 2027-03-27:
  # https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
  upgrade_policy {
    support_type = "STANDARD"
  }

  vpc_config {
    subnet_ids              = values(var.subnet_ids)
    security_group_ids      = [aws_security_group.api.id]
    endpoint_private_access = true
    endpoint_public_access  = false
  }

  lifecycle {
    precondition {
      condition     = startswith(var.add_on_versions["kube-proxy"], "v${var.kubernetes_version}.")
      error_message = "kube-proxy must be of the cluster's version ${var.kubernetes_version}, not ${var.add_on_versions["kube-proxy"]}."
    }
  }

  # A cluster without its policy cannot delete its own network interfaces, and a cluster
  # that exists before its log group creates one without a key and a retention period.
  depends_on = [
    aws_iam_role_policy_attachment.cluster,
    aws_cloudwatch_log_group.control_plane,
  ]
}

# In addition to the group that EKS creates for cluster and nodes: other clients of the API server.
resource "aws_security_group" "api" {
  name        = "${var.name}-api"
  description = "HTTPS to the API server from named security groups, nothing out"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-api" }
}

resource "aws_vpc_security_group_ingress_rule" "api" {
  for_each = var.api_client_security_group_ids

  security_group_id            = aws_security_group.api.id
  description                  = "HTTPS from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = each.value
}

resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.logs.arn
}
