data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # A literal ARN: a merge may publish before the pipeline exists.
  bucket_arn   = "arn:${local.partition}:s3:::${var.image_name}-source-${local.account_id}-${local.region}"
  pipeline_arn = "arn:${local.partition}:imagebuilder:${local.region}:${local.account_id}:image-pipeline/${var.image_name}"
}

# GitHub's token for a pull request has the subject repo:…:pull_request, which this trust policy rejects.
# https://docs.github.com/en/actions/reference/security/oidc
resource "aws_iam_role" "this" {
  name                 = "${var.image_name}-publish"
  description          = "Starts the image pipeline after a merge to main"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "MainBranchOfTheRepository"
      Effect    = "Allow"
      Principal = { Federated = var.provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:${var.repository}:ref:refs/heads/main"
        }
      }
    }]
  })

  tags = { Name = "${var.image_name}-publish" }
}

# A pipeline takes no input, so the workflow writes the merged roles to the one object that it reads.
resource "aws_iam_role_policy" "this" {
  name = "publish"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartThePipeline"
        Effect   = "Allow"
        Action   = "imagebuilder:StartImagePipelineExecution"
        Resource = local.pipeline_arn
      },
      {
        Sid      = "ReplaceTheRoles"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${local.bucket_arn}/ansible.json"
      },
      {
        # A bucket key encrypts under the bucket's ARN:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
        Sid      = "EncryptTheRoles"
        Effect   = "Allow"
        Action   = "kms:GenerateDataKey"
        Resource = "arn:${local.partition}:kms:${local.region}:${local.account_id}:key/*"
        Condition = {
          StringEquals = {
            "kms:ViaService"                   = "s3.${local.region}.amazonaws.com"
            "kms:EncryptionContext:aws:s3:arn" = local.bucket_arn
          }
        }
      },
    ]
  })
}
