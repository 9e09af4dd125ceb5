data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # image-rollout requires this tag.
  image_tag = { key = "Pipeline", value = var.name }

  releases     = { "22.04" = "jammy", "24.04" = "noble" }
  parent_image = "arn:${local.partition}:imagebuilder:${local.region}:aws:image/ubuntu-server-${split(".", var.ubuntu_version)[0]}-lts-x86/x.x.x"
}

resource "aws_imagebuilder_image_recipe" "this" {
  name         = var.name
  description  = "Workstation image from the Ansible role"
  parent_image = local.parent_image
  version      = local.versions["recipe"]

  component {
    component_arn = aws_imagebuilder_component.this["build"].arn
  }

  component {
    component_arn = aws_imagebuilder_component.this["test"].arn
  }

  block_device_mapping {
    device_name = "/dev/sda1"

    ebs {
      encrypted             = true
      kms_key_id            = aws_kms_key.this.arn
      volume_type           = "gp3"
      volume_size           = 20
      delete_on_termination = true
    }
  }

  systems_manager_agent {
    # Session Manager is the only way into a workstation.
    uninstall_after_build = false
  }

  tags = { Name = var.name }

  lifecycle {
    create_before_destroy = true
  }
}

# No ingress rule and no key pair: Image Builder works through Systems Manager.
resource "aws_security_group" "build" {
  name        = "${var.name}-build"
  description = "HTTPS to endpoints and S3, nothing in"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-build" }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.build.id
  description                  = "HTTPS to the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = var.endpoint_security_group_id
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  security_group_id = aws_security_group.build.id
  description       = "HTTPS to S3 through the gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = var.s3_prefix_list_id
}

resource "aws_imagebuilder_infrastructure_configuration" "this" {
  name                          = var.name
  description                   = "A private machine without a key pair"
  instance_profile_name         = aws_iam_instance_profile.build.name
  instance_types                = [var.instance_type]
  subnet_id                     = var.subnet_id
  security_group_ids            = [aws_security_group.build.id]
  terminate_instance_on_failure = true

  instance_metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  tags = { Name = var.name }
}

resource "aws_imagebuilder_distribution_configuration" "this" {
  name        = var.name
  description = "This region and account only"

  distribution {
    region = local.region

    ami_distribution_configuration {
      name       = "${var.name}-{{ imagebuilder:buildDate }}"
      kms_key_id = aws_kms_key.this.arn
      ami_tags   = { Name = var.name, (local.image_tag.key) = local.image_tag.value }
    }

    ssm_parameter_configuration {
      parameter_name = var.image_parameter_name
      data_type      = "aws:ec2:image"
    }
  }

  tags = { Name = var.name }
}

# Enhanced metadata would associate the machine with AWS-GatherSoftwareInventory. The build role and the endpoint do not
# allow ssm:GetDeployablePatchSnapshotForInstance, ssm:ListAssociations and ssm:PutInventory, so builds would time out.
# https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-pipelines.html
resource "aws_imagebuilder_image_pipeline" "this" {
  name                             = var.name
  description                      = "Builds an image when its parent or a component has changed"
  image_recipe_arn                 = aws_imagebuilder_image_recipe.this.arn
  infrastructure_configuration_arn = aws_imagebuilder_infrastructure_configuration.this.arn
  distribution_configuration_arn   = aws_imagebuilder_distribution_configuration.this.arn
  enhanced_image_metadata_enabled  = false

  image_tests_configuration {
    image_tests_enabled = true
  }

  schedule {
    schedule_expression                = var.schedule
    pipeline_execution_start_condition = "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
  }

  tags = { Name = var.name }

  depends_on = [aws_cloudwatch_log_group.build, aws_iam_role_policy.build, aws_s3_object.source]
}

# The first machines need an image to start from. A later change of the role is a merge, which starts the pipeline.
resource "aws_imagebuilder_image" "this" {
  image_recipe_arn                 = aws_imagebuilder_image_recipe.this.arn
  infrastructure_configuration_arn = aws_imagebuilder_infrastructure_configuration.this.arn
  distribution_configuration_arn   = aws_imagebuilder_distribution_configuration.this.arn
  enhanced_image_metadata_enabled  = false

  image_tests_configuration {
    image_tests_enabled = true
  }

  # A driver, a second machine and a copy of the image take longer than the provider's hour.
  timeouts {
    create = "2h"
  }

  tags = { Name = var.name }

  depends_on = [aws_cloudwatch_log_group.build, aws_iam_role_policy.build, aws_s3_object.source]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_imagebuilder_lifecycle_policy" "this" {
  name           = var.name
  description    = "Deletes old images, beyond those kept for a rollback"
  execution_role = aws_iam_role.lifecycle.arn
  resource_type  = "AMI_IMAGE"
  status         = "ENABLED"

  policy_detail {
    action {
      type = "DELETE"

      include_resources {
        amis      = true
        snapshots = true
      }
    }

    filter {
      type  = "COUNT"
      value = var.images_to_keep
    }

    exclusion_rules {
      amis {
        # Keeps an image that machines still start from, however old it is.
        last_launched {
          unit  = "DAYS"
          value = 60
        }
      }
    }
  }

  resource_selection {
    recipe {
      name = aws_imagebuilder_image_recipe.this.name
      # Image Builder accepts 1.0.x here, the provider does not: see the README.
      semantic_version = aws_imagebuilder_image_recipe.this.version
    }
  }

  depends_on = [aws_iam_role_policy_attachment.lifecycle]
}
