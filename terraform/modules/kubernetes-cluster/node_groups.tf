# Fixed sizes, for pods that must run before Karpenter can start a node. Karpenter starts every other node.
locals {
  # The contract with the manifests: a pod that names a type in its affinity gets such
  # a node, and a tainted type takes only pods that tolerate it.
  node_type_label = "platform.example.com/node-type"

  # No taint for general: applications run there without a toleration.
  taints = { system = { key = "CriticalAddonsOnly", value = "true" } }
}

resource "aws_launch_template" "node" {
  for_each = var.node_groups

  name                   = "${var.name}-${each.key}"
  description            = "Nodes of the type ${each.key}"
  update_default_version = true

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # One hop keeps the node's credentials from pods; those have their own, by Pod Identity.
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  # Bottlerocket has its system on the first volume and images and logs on the second.
  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted             = true
      kms_key_id            = aws_kms_key.volumes.arn
      volume_type           = "gp3"
      volume_size           = 4
      delete_on_termination = true
    }
  }

  block_device_mappings {
    device_name = "/dev/xvdb"

    ebs {
      encrypted             = true
      kms_key_id            = aws_kms_key.volumes.arn
      volume_type           = "gp3"
      volume_size           = each.value.volume_gib
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = { Name = "${var.name}-${each.key}", Cluster = var.name, NodeType = each.key }
    }
  }

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_eks_node_group" "this" {
  for_each = var.node_groups

  cluster_name    = aws_eks_cluster.this.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = values(var.subnet_ids)
  version         = var.kubernetes_version

  ami_type       = "BOTTLEROCKET_x86_64"
  capacity_type  = "ON_DEMAND"
  instance_types = each.value.instance_types
  labels         = { (local.node_type_label) = each.key }

  dynamic "taint" {
    for_each = lookup(local.taints, each.key, null)[*]

    content {
      key    = taint.value.key
      value  = taint.value.value
      effect = "NO_SCHEDULE"
    }
  }

  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = aws_launch_template.node[each.key].latest_version
  }

  scaling_config {
    min_size     = each.value.size
    max_size     = each.value.size
    desired_size = each.value.size
  }

  update_config {
    max_unavailable_percentage = 33
  }

  # A node becomes ready only with these policies and add-ons.
  depends_on = [
    aws_iam_role_policy_attachment.node,
    aws_eks_addon.before_nodes,
  ]
}
