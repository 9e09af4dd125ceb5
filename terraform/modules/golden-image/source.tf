locals {
  folder      = "${path.module}/ansible"
  files       = fileset(local.folder, "**/*.{yml,yaml,service,timer,sh,py,json,rules,conf,j2}")
  source_key  = "ansible.json"
  bucket_name = "${var.name}-source-${local.account_id}-${local.region}"
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

# One object, so that a build never reads half a change. JSON, because Terraform writes it without another provider and
# the build machine reads it with python3. A merge replaces it, see ci/publish.sh, and Terraform keeps what it finds.
resource "aws_s3_object" "source" {
  bucket       = aws_s3_bucket.source.id
  key          = local.source_key
  content      = jsonencode({ for file in local.files : file => file("${local.folder}/${file}") })
  content_type = "application/json"

  depends_on = [aws_s3_bucket_server_side_encryption_configuration.source, aws_s3_bucket_versioning.source]

  lifecycle {
    ignore_changes = [content]
  }
}
