locals {
  # FSx requires the prefix /aws/fsx/.
  log_group_name = "/aws/fsx/${var.name}"
  log_group_arn  = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}"
  # FSx makes one such role for each file system that is linked to S3, so its name is known only afterwards.
  export_role_pattern = "arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_*"
}

resource "aws_kms_key" "this" {
  description         = "File system, export bucket and logs of ${var.name}"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministersItsKey"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        # https://docs.aws.amazon.com/fsx/latest/LustreGuide/s3-server-side-encryption-support.html
        # With bucket keys the encryption context is the bucket.
        Sid       = "FSxThroughTheExportBucket"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = { "aws:PrincipalArn" = local.export_role_pattern }
          StringEquals = {
            "kms:CallerAccount"                = local.account_id
            "kms:ViaService"                   = "s3.${local.region}.amazonaws.com"
            "kms:EncryptionContext:aws:s3:arn" = "arn:${local.partition}:s3:::${local.bucket_name}"
          }
        }
      },
      {
        Sid       = "OnlyThisLogGroup"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = local.log_group_arn } }
      },
    ]
  })

  tags = { Name = var.name }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
