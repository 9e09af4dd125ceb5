locals {
  # AWS permissions inside the cluster, by EKS Pod Identity: a service account
  # and a role, without an identity provider that trusts every pod's token.
  pod_accounts = merge({
    "vpc-cni"            = { namespace = "kube-system", service_account = "aws-node" }
    "aws-ebs-csi-driver" = { namespace = "kube-system", service_account = "ebs-csi-controller-sa" }
    # The namespace and the account of Karpenter's chart.
    "karpenter" = { namespace = "kube-system", service_account = "karpenter" }
  }, { for name, entry in var.pod_policies : name => { namespace = entry.namespace, service_account = entry.service_account } })

  # AWS managed policies. The add-ons create their own associations.
  add_on_policies = {
    "vpc-cni"            = "AmazonEKS_CNI_Policy"
    "aws-ebs-csi-driver" = "service-role/AmazonEBSCSIDriverPolicy"
  }
}

resource "aws_iam_role" "cluster" {
  name        = "${var.name}-cluster"
  description = "Lets the control plane of ${var.name} manage load balancers and network interfaces"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "eks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # Prevents the confused deputy: the service could otherwise use the role for another account's cluster.
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnEquals    = { "aws:SourceArn" = local.cluster_arn }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "node" {
  name        = "${var.name}-node"
  description = "Lets nodes of ${var.name} join the cluster and pull images"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# The network plugin's policy is missing on purpose: it goes to the plugin's pods.
resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"])

  role       = aws_iam_role.node.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.key}"
}

resource "aws_iam_role" "pod" {
  for_each = local.pod_accounts

  name        = "${var.name}-${each.key}"
  description = "Permissions of ${each.key}, through EKS Pod Identity"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:SourceAccount"                         = local.account_id
          "aws:RequestTag/kubernetes-namespace"       = each.value.namespace
          "aws:RequestTag/kubernetes-service-account" = each.value.service_account
        }
        ArnEquals = { "aws:SourceArn" = local.cluster_arn }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "pod" {
  for_each = local.add_on_policies

  role       = aws_iam_role.pod[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_role_policy" "pod" {
  for_each = var.pod_policies

  name   = each.key
  role   = aws_iam_role.pod[each.key].id
  policy = each.value.policy
}

resource "aws_eks_pod_identity_association" "pod" {
  for_each = { for name, account in local.pod_accounts : name => account if !contains(keys(local.add_on_policies), name) }

  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.pod[each.key].arn
}

# Volumes of pods are encrypted with the module's key, which the AWS managed policy does not cover.
resource "aws_iam_role_policy" "volumes" {
  name = "use-volume-key"
  role = aws_iam_role.pod["aws-ebs-csi-driver"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
        Resource = aws_kms_key.volumes.arn
      },
      {
        Effect    = "Allow"
        Action    = "kms:CreateGrant"
        Resource  = aws_kms_key.volumes.arn
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
    ]
  })
}
