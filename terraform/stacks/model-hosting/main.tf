data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  name       = "claims-model"
  account_id = data.aws_caller_identity.current.account_id
  zones      = slice(sort(data.aws_availability_zones.available.names), 0, 2)
  # Bucket names are globally unique.
  artifacts_bucket = "${var.bucket_prefix}-${local.account_id}-${var.region}-artifacts"
  captures_bucket  = "${var.bucket_prefix}-${local.account_id}-${var.region}-captures"

  image_actions = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
  ]
}

# Jobs and models can reach only these endpoints: the VPC has no internet access.
module "network" {
  source = "../../modules/network"

  name               = "models"
  availability_zones = local.zones
  interface_services = {
    "ecr.api"           = local.image_actions
    "ecr.dkr"           = local.image_actions
    logs                = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    monitoring          = ["cloudwatch:PutMetricData"]
    events              = ["events:PutEvents"]
    "sagemaker.runtime" = ["sagemaker:InvokeEndpoint"]
  }
  buckets = {
    (local.artifacts_bucket) = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
    (local.captures_bucket)  = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]
  }
  presigned_objects = ["arn:${data.aws_partition.current.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"]
}

module "pipeline" {
  source = "../../modules/model-pipeline"

  name                       = local.name
  artifacts_bucket           = local.artifacts_bucket
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = values(module.network.private_subnet_ids)
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
  poll_seconds               = var.poll_seconds
  cool_down_seconds          = var.cool_down_seconds
  alarm_topic_arn            = var.alarm_topic_arn
  force_destroy              = var.force_destroy
}

module "endpoint" {
  source = "../../modules/model-endpoint"

  name                       = local.name
  hosting                    = var.hosting
  release                    = var.release
  image                      = "${module.pipeline.repository_url}:${var.image_tag}"
  jobs_image                 = "${module.pipeline.repository_url}:${var.jobs_tag}"
  repository_arn             = module.pipeline.repository_arn
  model_data_url             = "s3://${local.artifacts_bucket}/models/v1/model.tar.gz"
  artifacts_bucket           = module.pipeline.artifacts_bucket_name
  artifacts_kms_key_arn      = module.pipeline.kms_key_arn
  captures_bucket            = local.captures_bucket
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = values(module.network.private_subnet_ids)
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
  alarm_topic_arn            = var.alarm_topic_arn
  force_destroy              = var.force_destroy
}
