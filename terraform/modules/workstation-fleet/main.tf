data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # One number for each user, on machines and on both file systems. It follows from the user id alone, so that a new
  # user changes nobody else's. 1000 is not free: it is the image's default user.
  uids = { for name, user in var.users : name => coalesce(user.uid, 20000 + parseint(substr(sha256(name), 0, 7), 16) % 40000) }

  # Literal names, because roles and policies must exist before the groups.
  group_arns = {
    for user in keys(var.users) : user =>
    "arn:${local.partition}:autoscaling:${local.region}:${local.account_id}:autoScalingGroup:*:autoScalingGroupName/${var.name}-${user}"
  }
}

# No ingress rule: Session Manager's agent opens all connections.
resource "aws_security_group" "machine" {
  name        = "${var.name}-machine"
  description = "HTTPS to endpoints and S3, NFS to the home directories, nothing in"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-machine" }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.machine.id
  description                  = "HTTPS to the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = var.endpoint_security_group_id
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  security_group_id = aws_security_group.machine.id
  description       = "HTTPS to S3 through the gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = var.s3_prefix_list_id
}

resource "aws_vpc_security_group_egress_rule" "home" {
  security_group_id            = aws_security_group.machine.id
  description                  = "NFS to the home directories"
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  referenced_security_group_id = aws_security_group.home.id
}

# One for each user: each machine has its user's role, and a group cannot
# override its template's role.
resource "aws_launch_template" "this" {
  for_each = var.users

  name          = "${var.name}-${each.key}"
  description   = "Machine of ${each.key}"
  image_id      = var.image_id
  instance_type = each.value.instance_type

  iam_instance_profile {
    name = aws_iam_instance_profile.machine[each.key].name
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # One hop keeps the credentials from containers and proxies.
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = [aws_security_group.machine.id]
  }

  block_device_mappings {
    device_name = var.root_device_name

    ebs {
      encrypted             = true
      kms_key_id            = aws_kms_key.this.arn
      volume_type           = "gp3"
      volume_size           = var.root_volume_gib
      delete_on_termination = true
    }
  }

  # No default user: cloud-init would create one with sudo and without a password.
  # https://cloudinit.readthedocs.io/en/latest/reference/examples.html, "users: []"
  # The file is read by the image's own units, see the Ansible role.
  user_data = base64encode(<<-CLOUD_CONFIG
    #cloud-config
    users: []
    write_files:
      - path: /etc/workstation.env
        permissions: "0644"
        content: |
          REGION=${local.region}
          FILE_SYSTEM=${aws_efs_file_system.home.id}
          ACCESS_POINT=${aws_efs_access_point.home[each.key].id}
          WORKSPACES=${var.workspaces_source == null ? "" : var.workspaces_source}
          USER_NAME=${each.key}
          USER_ID=${local.uids[each.key]}
          GROUP=${var.name}-${each.key}
          LIFECYCLE_HOOK=self-check
          LOG_GROUP=${aws_cloudwatch_log_group.this["machines"].name}
          LOG_SERVER=${try(var.log_server.url, "")}
          LOG_INDEX=${try(var.log_server.index, "")}
  CLOUD_CONFIG
  )

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = { Name = "${var.name}-${each.key}", Fleet = var.name, User = each.key }
    }
  }

  tags = { Name = "${var.name}-${each.key}", Fleet = var.name, User = each.key }

  lifecycle {
    # The rollout makes new versions with a new image, and this resource reads the
    # newest. Without it every plan after a rollout would go back to the first image.
    ignore_changes = [description, image_id]
  }
}

resource "aws_autoscaling_group" "this" {
  for_each = var.users

  name                = "${var.name}-${each.key}"
  min_size            = 1
  max_size            = 1
  desired_capacity    = 1
  vpc_zone_identifier = [for zone in sort(keys(var.subnet_ids)) : var.subnet_ids[zone]]
  health_check_type   = "EC2"

  launch_template {
    id = aws_launch_template.this[each.key].id
    # A number and not $Latest, which would give a machine that fails during a rollout
    # an untested image.
    version = aws_launch_template.this[each.key].latest_version
  }

  # A machine is in service when it reports so itself: its home directory is mounted and its
  # agent runs. Without a report the group terminates the machine.
  initial_lifecycle_hook {
    name                 = "self-check"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    default_result       = "ABANDON"
    heartbeat_timeout    = var.self_check_seconds
  }

  dynamic "tag" {
    for_each = {
      Name  = "${var.name}-${each.key}"
      Fleet = var.name
      User  = each.key
      Wave  = each.value.first_wave ? "first" : "rest"
    }

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  # A machine that starts without its home directory fails its own check.
  depends_on = [aws_efs_mount_target.home, aws_iam_role_policy.machine]

  lifecycle {
    # The rollout moves the version on, machine by machine.
    ignore_changes = [launch_template[0].version]
  }
}
