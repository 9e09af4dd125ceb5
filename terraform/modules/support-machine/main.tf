data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
}

resource "aws_security_group" "this" {
  name        = var.name
  description = "HTTPS to endpoints and S3, the node exporter of the workstations, nothing in"
  vpc_id      = var.vpc_id

  tags = { Name = var.name }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.this.id
  description                  = "HTTPS to the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = var.endpoint_security_group_id
}

resource "aws_vpc_security_group_egress_rule" "exporter" {
  security_group_id            = aws_security_group.this.id
  description                  = "Node exporter of the workstations"
  ip_protocol                  = "tcp"
  from_port                    = 9100
  to_port                      = 9100
  referenced_security_group_id = var.peering == null ? var.workstation_security_group_id : null
  cidr_ipv4                    = try(var.peering.workstation_cidr_block, null)
}

# By address across the transit gateway, which supports security group references only when enabled:
# https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
resource "aws_vpc_security_group_ingress_rule" "exporter" {
  security_group_id            = var.workstation_security_group_id
  description                  = "Node exporter for ${var.name}"
  ip_protocol                  = "tcp"
  from_port                    = 9100
  to_port                      = 9100
  referenced_security_group_id = var.peering == null ? aws_security_group.this.id : null
  cidr_ipv4                    = try(var.peering.own_cidr_block, null)
}

resource "aws_launch_template" "this" {
  name                   = var.name
  description            = "Support machine"
  image_id               = var.image_id
  instance_type          = var.instance_type
  update_default_version = true

  iam_instance_profile {
    name = aws_iam_instance_profile.this.name
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = [aws_security_group.this.id]
  }

  block_device_mappings {
    device_name = "/dev/sda1"

    ebs {
      encrypted             = true
      kms_key_id            = aws_kms_key.this.arn
      volume_type           = "gp3"
      volume_size           = 40
      delete_on_termination = true
    }
  }

  # The image's units read the file, see the Ansible roles.
  user_data = base64encode(<<-CLOUD_CONFIG
    #cloud-config
    users: []
    write_files:
      - path: /etc/monitoring.env
        permissions: "0644"
        content: |
          REGION=${local.region}
          FLEET=${var.fleet_name}
          TOPIC_ARN=${var.topic_arn}
          LOG_SERVER=${try(var.log_server.url, "")}
          LOG_INDEX=${try(var.log_server.index, "")}
          LOG_RETENTION_DAYS=${try(var.log_server.retention_days, "")}
  CLOUD_CONFIG
  )

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = { Name = var.name }
    }
  }

  tags = { Name = var.name }
}

# An Auto Scaling group of one replaces a failed machine. It also replaces the machine after a week, so that the newest tested
# image runs: EC2 reads the image's parameter at each start.
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
resource "aws_autoscaling_group" "this" {
  name                  = var.name
  min_size              = 1
  max_size              = 1
  desired_capacity      = 1
  vpc_zone_identifier   = sort(values(var.subnet_ids))
  health_check_type     = "EC2"
  max_instance_lifetime = 7 * 24 * 3600

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  tag {
    key                 = "Name"
    value               = var.name
    propagate_at_launch = true
  }

  depends_on = [aws_iam_role_policy.this]
}
