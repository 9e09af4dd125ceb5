locals {
  system_nodes = { (local.node_type_label) = "system" }

  add_on_settings = {
    # Without the first, EKS accepts network policies but does not enforce them.
    "vpc-cni" = {
      enableNetworkPolicy = "true"
      env                 = { ENABLE_PREFIX_DELEGATION = "true" }
    }
    "coredns"            = { nodeSelector = local.system_nodes }
    "aws-ebs-csi-driver" = { controller = { nodeSelector = local.system_nodes } }
  }

  # Nodes need these to become ready; the other add-ons need nodes.
  before_nodes = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]
  after_nodes  = ["coredns", "aws-ebs-csi-driver", "metrics-server"]
}

resource "aws_eks_addon" "before_nodes" {
  for_each = toset(local.before_nodes)

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = var.add_on_versions[each.key]
  configuration_values        = can(local.add_on_settings[each.key]) ? jsonencode(local.add_on_settings[each.key]) : null
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = contains(keys(local.add_on_policies), each.key) ? [local.pod_accounts[each.key]] : []

    content {
      service_account = pod_identity_association.value.service_account
      role_arn        = aws_iam_role.pod[each.key].arn
    }
  }

  depends_on = [aws_iam_role_policy_attachment.pod]
}

resource "aws_eks_addon" "after_nodes" {
  for_each = toset(local.after_nodes)

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = var.add_on_versions[each.key]
  configuration_values        = can(local.add_on_settings[each.key]) ? jsonencode(local.add_on_settings[each.key]) : null
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = contains(keys(local.add_on_policies), each.key) ? [local.pod_accounts[each.key]] : []

    content {
      service_account = pod_identity_association.value.service_account
      role_arn        = aws_iam_role.pod[each.key].arn
    }
  }

  depends_on = [aws_eks_node_group.this, aws_iam_role_policy_attachment.pod]
}
