locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  public_name  = "${var.name_prefix}-public"
  private_name = "${var.name_prefix}-private"
  public_arn   = "arn:${local.partition}:s3:::${local.public_name}"
  private_arn  = "arn:${local.partition}:s3:::${local.private_name}"
  reader_arn   = "arn:${local.partition}:iam::${var.reader_account_id}:root"

  public_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Objects only: without s3:ListBucket nobody can list other objects.
        Sid       = "AnyoneReadsObjects"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = "${local.public_arn}/*"
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.public_arn, "${local.public_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  private_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ReaderAccountReadsObjects"
        Effect    = "Allow"
        Principal = { AWS = local.reader_arn }
        Action    = "s3:GetObject"
        Resource  = "${local.private_arn}/*"
      },
      {
        Sid       = "ReaderAccountListsObjects"
        Effect    = "Allow"
        Principal = { AWS = local.reader_arn }
        Action    = "s3:ListBucket"
        Resource  = local.private_arn
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.private_arn, "${local.private_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      # The bucket's encryption is a default that a request may override. Null allows requests without an encryption header.
      {
        Sid       = "NoOtherEncryption"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${local.private_arn}/*"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
        }
      },
      {
        Sid       = "NoOtherKey"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${local.private_arn}/*"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.private.arn }
        }
      },
      {
        # SSE-C sets neither header, so both statements above allow it.
        Sid       = "NoKeyOfTheCaller"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${local.private_arn}/*"
        Condition = { Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = "false" } }
      },
    ]
  })

  private_key_policy = jsonencode({
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
        # Without it the other account can list the objects but not read them:
        # the bucket policy grants the bucket, not the key.
        Sid       = "ReaderAccountDecryptsThroughS3"
        Effect    = "Allow"
        Principal = { AWS = local.reader_arn }
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" }
          # The bucket's ARN for objects under the bucket key, the object's ARN for others.
          StringLike = { "kms:EncryptionContext:aws:s3:arn" = [local.private_arn, "${local.private_arn}/*"] }
        }
      },
    ]
  })
}

resource "aws_kms_key" "private" {
  description         = "Objects of ${local.private_name}"
  enable_key_rotation = true
  policy              = local.private_key_policy

  tags = { Name = local.private_name }
}

resource "aws_kms_alias" "private" {
  name          = "alias/${local.private_name}"
  target_key_id = aws_kms_key.private.key_id
}

resource "aws_s3_bucket_policy" "public" {
  bucket = aws_s3_bucket.public.id
  policy = local.public_policy

  # New buckets block public policies, so S3 rejects this one until the block is removed.
  depends_on = [aws_s3_bucket_public_access_block.public]
}

resource "aws_s3_bucket_policy" "private" {
  bucket = aws_s3_bucket.private.id
  policy = local.private_policy

  # S3 accepts one change of a bucket's access at a time and rejects concurrent ones.
  depends_on = [aws_s3_bucket_public_access_block.private]
}
