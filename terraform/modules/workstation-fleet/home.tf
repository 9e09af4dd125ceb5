# Home directories are on one file system. Each has an access point that shows
# its directory as the root and uses one fixed uid for every client.
resource "aws_efs_file_system" "home" {
  encrypted        = true
  kms_key_id       = aws_kms_key.this.arn
  performance_mode = "generalPurpose"
  throughput_mode  = "elastic"

  tags = { Name = "${var.name}-home" }
}

resource "aws_efs_backup_policy" "home" {
  file_system_id = aws_efs_file_system.home.id

  backup_policy {
    status = "ENABLED"
  }
}

# Denials only: each machine's role holds the allowed actions. A policy replaces
# EFS's default, which lets any client mount that can reach the port.
resource "aws_efs_file_system_policy" "home" {
  file_system_id = aws_efs_file_system.home.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "RefusePlainText"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "*"
        Resource  = aws_efs_file_system.home.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "RefuseTheWholeFileSystem"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"]
        Resource  = aws_efs_file_system.home.arn
        Condition = { Null = { "elasticfilesystem:AccessPointArn" = "true" } }
      },
    ]
  })
}

resource "aws_efs_access_point" "home" {
  for_each = var.users

  file_system_id = aws_efs_file_system.home.id

  posix_user {
    uid = local.uids[each.key]
    gid = local.uids[each.key]
  }

  root_directory {
    path = "/${each.key}"

    creation_info {
      owner_uid   = local.uids[each.key]
      owner_gid   = local.uids[each.key]
      permissions = "0700"
    }
  }

  tags = { Name = "${var.name}-${each.key}", Fleet = var.name, User = each.key }
}

resource "aws_security_group" "home" {
  name        = "${var.name}-home"
  description = "NFS from the machines, nothing out"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-home" }
}

resource "aws_vpc_security_group_ingress_rule" "home" {
  security_group_id            = aws_security_group.home.id
  description                  = "NFS from the machines"
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  referenced_security_group_id = aws_security_group.machine.id
}

resource "aws_efs_mount_target" "home" {
  for_each = var.subnet_ids

  file_system_id  = aws_efs_file_system.home.id
  subnet_id       = each.value
  security_groups = [aws_security_group.home.id]
}
