data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
  own        = "${local.region}:${local.account_id}"

  # Batch needs a model and no endpoint.
  has_endpoint = var.hosting != "batch"
  on_instances = var.hosting == "instances"
  is_isolated  = var.hosting != "serverless"
  has_shadow   = local.on_instances && var.release == "shadow"

  # Variants that answer requests, with their first weights. AWS allows one production variant next to a shadow variant.
  answering = local.on_instances && !local.has_shadow ? { blue = 1, green = 0 } : { blue = 1 }
}

# Version 1 of the registry, which sagemaker/seed.sh puts there. Every later version is made by a deployment.
resource "aws_sagemaker_model" "this" {
  name               = "${var.name}-v1"
  execution_role_arn = aws_iam_role.endpoint.arn
  # SageMaker rejects both for a serverless endpoint:
  # https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html, "Feature exclusions"
  enable_network_isolation = local.is_isolated

  primary_container {
    image          = var.image
    model_data_url = var.model_data_url
    environment    = { CLAIMS_MODEL_DIR = "/opt/ml/model" }
  }

  dynamic "vpc_config" {
    for_each = local.is_isolated ? [1] : []

    content {
      security_group_ids = [aws_security_group.this.id]
      subnets            = sort(var.subnet_ids)
    }
  }

  lifecycle {
    # A later image is a new version in the registry.
    ignore_changes = [primary_container]
  }

  # SageMaker reads the archive with the role when it creates the model.
  depends_on = [aws_iam_role_policy.endpoint]
}

resource "aws_sagemaker_endpoint_configuration" "this" {
  count = local.has_endpoint ? 1 : 0

  name = "${var.name}-v1"
  # A serverless endpoint has no volume to encrypt.
  kms_key_arn = local.on_instances ? aws_kms_key.this.arn : null

  # The standby gets no requests before a deployment. It has as many machines as the champion, because a
  # rollback gives it all requests at once.
  dynamic "production_variants" {
    for_each = local.answering

    content {
      variant_name           = production_variants.key
      model_name             = aws_sagemaker_model.this.name
      initial_variant_weight = production_variants.value
      instance_type          = local.on_instances ? var.instance_type : null
      initial_instance_count = local.on_instances ? var.min_instances : null

      dynamic "serverless_config" {
        for_each = local.on_instances ? [] : [var.serverless]

        content {
          memory_size_in_mb = serverless_config.value.memory_mb
          max_concurrency   = serverless_config.value.max_concurrency
        }
      }
    }
  }

  # A shadow with the same weight as the production variant gets a copy of each request, as in AWS's example:
  # https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
  dynamic "shadow_production_variants" {
    for_each = local.has_shadow ? ["green"] : []

    content {
      variant_name           = shadow_production_variants.value
      model_name             = aws_sagemaker_model.this.name
      initial_variant_weight = 1
      instance_type          = var.instance_type
      initial_instance_count = var.min_instances
    }
  }

  # SageMaker captures nothing of a serverless endpoint.
  dynamic "data_capture_config" {
    for_each = local.on_instances ? [1] : []

    content {
      enable_capture              = true
      initial_sampling_percentage = var.capture_percentage
      destination_s3_uri          = "s3://${aws_s3_bucket.captures.id}/captures"
      kms_key_id                  = aws_kms_key.this.arn

      capture_options {
        capture_mode = "Input"
      }
      capture_options {
        capture_mode = "Output"
      }
      # Without these types, SageMaker captures text in base64.
      capture_content_type_header {
        csv_content_types  = ["text/csv"]
        json_content_types = ["application/json", "application/jsonlines"]
      }
    }
  }
}

resource "aws_sagemaker_endpoint" "this" {
  count = local.has_endpoint ? 1 : 0

  name                 = var.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.this[0].name

  # Deployments keep this (RetainDeploymentConfig). It guards the change of machines, all at once: the canary is in
  # the variants' weights. CANARY would need an even count: its first step may be half of the machines at most.
  # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html
  dynamic "deployment_config" {
    for_each = local.on_instances ? [1] : []

    content {
      blue_green_update_policy {
        termination_wait_in_seconds          = 300
        maximum_execution_timeout_in_seconds = 3600

        traffic_routing_configuration {
          type                     = "ALL_AT_ONCE"
          wait_interval_in_seconds = var.bake_seconds
        }
      }

      auto_rollback_configuration {
        dynamic "alarms" {
          for_each = aws_cloudwatch_metric_alarm.variant

          content {
            alarm_name = alarms.value.alarm_name
          }
        }
      }
    }
  }

  lifecycle {
    # Deployments change the configuration later.
    ignore_changes = [endpoint_config_name]
  }
}

# Only SageMaker can reach a model, and a model can reach nothing: with network isolation,
# SageMaker fetches image and model itself.
resource "aws_security_group" "this" {
  name        = "${var.name}-endpoint"
  description = "Containers of the model ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-endpoint" }
}

resource "aws_vpc_security_group_egress_rule" "to_s3" {
  security_group_id = aws_security_group.this.id
  description       = "The model in S3, through the gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = var.s3_prefix_list_id
}

resource "aws_vpc_security_group_egress_rule" "to_endpoints" {
  security_group_id            = aws_security_group.this.id
  description                  = "The image in ECR, through the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = var.endpoint_security_group_id
}
