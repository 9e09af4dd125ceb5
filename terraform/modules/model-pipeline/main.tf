data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # Literal names: policies refer to them before they exist.
  own               = "${local.region}:${local.account_id}"
  pipeline_arn      = "arn:${local.partition}:sagemaker:${local.own}:pipeline/${var.name}"
  state_machine_arn = "arn:${local.partition}:states:${local.own}:stateMachine:${var.name}-retrain"
}

# The pipeline definition is not here: it is code with its own tests, released with
# that code by sagemaker/pipeline. This module creates the resources that it uses.

resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_destroy

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.this.arn
  }
}

# Deletes untagged images only: an approved model may use a tagged one.
resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Untagged images"
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = 14
      }
      action = { type = "expire" }
    }]
  })
}

resource "aws_sagemaker_model_package_group" "this" {
  model_package_group_name        = var.name
  model_package_group_description = "Versions of ${var.name}; each waits for a person's approval"
}

# The pipeline must not approve the versions that it registers.
resource "aws_sagemaker_model_package_group_policy" "this" {
  model_package_group_name = aws_sagemaker_model_package_group.this.model_package_group_name
  resource_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "NoApprovalByThePipeline"
      Effect    = "Deny"
      Principal = { AWS = [aws_iam_role.pipeline.arn, aws_iam_role.jobs.arn] }
      Action    = "sagemaker:UpdateModelPackage"
      Resource  = "arn:${local.partition}:sagemaker:${local.own}:model-package/${var.name}/*"
    }]
  })
}

# Jobs can reach the VPC's endpoints and S3's prefix list; nothing can reach them.
resource "aws_security_group" "jobs" {
  name        = "${var.name}-jobs"
  description = "Processing and training jobs of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-jobs" }
}

resource "aws_vpc_security_group_egress_rule" "jobs_to_endpoints" {
  security_group_id            = aws_security_group.jobs.id
  description                  = "AWS APIs through the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = var.endpoint_security_group_id
}

resource "aws_vpc_security_group_egress_rule" "jobs_to_s3" {
  security_group_id = aws_security_group.jobs.id
  description       = "S3 through the gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = var.s3_prefix_list_id
}
