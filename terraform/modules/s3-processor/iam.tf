locals {
  own_key_statement = {
    Sid      = "UseItsKeyThroughItsServices"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = [aws_kms_key.this.arn]
    Condition = {
      StringEquals = {
        "kms:ViaService" = [for service in ["s3", "sqs", "lambda"] : "${service}.${local.region}.amazonaws.com"]
      }
    }
  }

  input_key_statements = var.input_kms_key_arn == null ? [] : [{
    Sid       = "ReadEncryptedInput"
    Effect    = "Allow"
    Action    = ["kms:Decrypt"]
    Resource  = [var.input_kms_key_arn]
    Condition = { StringEquals = { "kms:ViaService" = ["s3.${local.region}.amazonaws.com"] } }
  }]

  role_policy = {
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "ReadInput"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = ["${local.input_bucket_arn}/${var.input_prefix}*"]
      },
      {
        # Without it S3 answers 403 for a missing object, as for a forbidden one.
        Sid       = "TellMissingFromForbidden"
        Effect    = "Allow"
        Action    = ["s3:ListBucket"]
        Resource  = [local.input_bucket_arn]
        Condition = { StringLike = { "s3:prefix" = "${var.input_prefix}*" } }
      },
      {
        # Reading is for one case: an answer to the last step of an upload was lost, and the function looks.
        Sid      = "WriteResults"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"]
        Resource = ["${aws_s3_bucket.results.arn}/${local.output_prefix}*"]
      },
      {
        Sid       = "FindItsUnfinishedUploads"
        Effect    = "Allow"
        Action    = ["s3:ListBucketMultipartUploads"]
        Resource  = [aws_s3_bucket.results.arn]
        Condition = { StringLike = { "s3:prefix" = "${local.output_prefix}*" } }
      },
      local.own_key_statement,
      {
        Sid      = "BuryDeadLetters"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [aws_sqs_queue.dead_letters.arn]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${local.log_group_arn}:*"]
      },
      {
        # X-Ray supports no resource-level permissions.
        Sid      = "WriteTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = ["*"]
      },
    ], local.input_key_statements)
  }
}

resource "aws_iam_role" "this" {
  name        = var.name
  description = "Permissions of the function ${var.name}"
  # iam:PassRole controls who may give the role to a function.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "process-objects"
  role   = aws_iam_role.this.id
  policy = jsonencode(local.role_policy)
}
