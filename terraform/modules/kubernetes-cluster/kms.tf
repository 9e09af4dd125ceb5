locals {
  # Auto Scaling starts nodes with its service-linked role. Without these statements
  # a node with a customer key terminates right after its start, and the group's history
  # says Client.InternalError. The role is named in a condition, because AWS rejects
  # a principal that does not exist yet.
  autoscaling_role_arn = "arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"

  account_statement = {
    Sid       = "AccountAdministersItsKey"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }

  secrets_key_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.account_statement]
  })

  logs_key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [local.account_statement, {
      Sid       = "OnlyThisLogGroup"
      Effect    = "Allow"
      Principal = { Service = "logs.${local.region}.amazonaws.com" }
      Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
      Resource  = "*"
      Condition = {
        ArnEquals = {
          "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/eks/${var.name}/cluster"
        }
      }
    }]
  })

  volumes_key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.account_statement,
      {
        Sid       = "AutoScalingStartsNodes"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:PrincipalArn" = local.autoscaling_role_arn } }
      },
      {
        Sid       = "AutoScalingAttachesVolumes"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = "kms:CreateGrant"
        Resource  = "*"
        Condition = {
          StringEquals = { "aws:PrincipalArn" = local.autoscaling_role_arn }
          Bool         = { "kms:GrantIsForAWSResource" = "true" }
        }
      },
    ]
  })
}

resource "aws_kms_key" "secrets" {
  description         = "Secrets of the Kubernetes cluster ${var.name}"
  enable_key_rotation = true
  policy              = local.secrets_key_policy

  tags = { Name = "${var.name}-secrets" }
}

resource "aws_kms_alias" "secrets" {
  name          = "alias/${var.name}-secrets"
  target_key_id = aws_kms_key.secrets.key_id
}

resource "aws_kms_key" "logs" {
  description         = "Control plane logs of the Kubernetes cluster ${var.name}"
  enable_key_rotation = true
  policy              = local.logs_key_policy

  tags = { Name = "${var.name}-logs" }
}

resource "aws_kms_alias" "logs" {
  name          = "alias/${var.name}-logs"
  target_key_id = aws_kms_key.logs.key_id
}

resource "aws_kms_key" "volumes" {
  description         = "Volumes of nodes and pods of the Kubernetes cluster ${var.name}"
  enable_key_rotation = true
  policy              = local.volumes_key_policy

  tags = { Name = "${var.name}-volumes" }
}

resource "aws_kms_alias" "volumes" {
  name          = "alias/${var.name}-volumes"
  target_key_id = aws_kms_key.volumes.key_id
}
