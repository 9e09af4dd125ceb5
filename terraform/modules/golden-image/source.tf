locals {
  folder = "${path.module}/ansible"
  files  = fileset(local.folder, "**/*.{yml,service,sh,json,rules,conf}")
  # Components and recipes never change under their version, so the version follows
  # from the content: a changed role makes a new component, recipe and image.
  content_hash = substr(sha256(join("", [for file in sort(local.files) : "${file} ${filesha256("${local.folder}/${file}")}"])), 0, 16)
  bucket_name  = "${var.name}-source-${local.account_id}-${local.region}"
}

# harness:ignore AWS-0089 holds what is in the repository anyway, for one role to read: a log bucket would be more to guard than this
resource "aws_s3_bucket" "source" {
  bucket        = local.bucket_name
  force_destroy = var.force_destroy

  tags = { Name = local.bucket_name }
}

resource "aws_s3_bucket_public_access_block" "source" {
  bucket                  = aws_s3_bucket.source.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "source" {
  bucket = aws_s3_bucket.source.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "source" {
  bucket = aws_s3_bucket.source.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "source" {
  bucket = aws_s3_bucket.source.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_policy" "source" {
  bucket = aws_s3_bucket.source.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefusePlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.source.arn, "${aws_s3_bucket.source.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.source]
}

resource "aws_s3_object" "source" {
  for_each = local.files

  bucket      = aws_s3_bucket.source.id
  key         = "${local.content_hash}/${each.value}"
  source      = "${local.folder}/${each.value}"
  source_hash = filesha256("${local.folder}/${each.value}")

  depends_on = [aws_s3_bucket_server_side_encryption_configuration.source, aws_s3_bucket_versioning.source]
}
