data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  buckets = { public = aws_s3_bucket.public.id, private = aws_s3_bucket.private.id }
}

# harness:ignore AWS-0089 access logs go to access_log_bucket where one is named: a pair brings no third bucket
resource "aws_s3_bucket" "public" {
  bucket        = local.public_name
  force_destroy = var.force_destroy

  tags = { Name = local.public_name, Exposure = "public" }
}

# harness:ignore AWS-0089 access logs go to access_log_bucket where one is named: a pair brings no third bucket
resource "aws_s3_bucket" "private" {
  bucket        = local.private_name
  force_destroy = var.force_destroy

  tags = { Name = local.private_name, Exposure = "private" }
}

resource "aws_s3_bucket_public_access_block" "public" {
  bucket             = aws_s3_bucket.public.id
  block_public_acls  = true
  ignore_public_acls = true
  # harness:ignore AWS-0087 this bucket is public on purpose: blocking would refuse its policy
  block_public_policy = false
  # harness:ignore AWS-0093 this bucket is public on purpose: restricting would void its policy
  restrict_public_buckets = false
}

resource "aws_s3_bucket_public_access_block" "private" {
  bucket                  = aws_s3_bucket.private.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

# Without ACLs the two policies alone control access.
resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = each.value

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = each.value

  versioning_configuration {
    status = "Enabled"
  }
}

# KMS has no anonymous access: an object under a KMS key answers 403 to the
# public, however public the bucket. SSE-S3 is the strongest encryption that works here.
# harness:ignore AWS-0132 nobody is anonymous towards KMS: under a KMS key the public would get 403
resource "aws_s3_bucket_server_side_encryption_configuration" "public" {
  bucket = aws_s3_bucket.public.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "private" {
  bucket = aws_s3_bucket.private.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.private.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = each.value

  rule {
    id     = "forget-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  for_each = var.access_log_bucket == null ? {} : local.buckets

  bucket        = each.value
  target_bucket = var.access_log_bucket
  target_prefix = "${each.value}/"
}
