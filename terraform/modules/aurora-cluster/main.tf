resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = var.subnet_ids
}

# No egress rule: a database opens no connections.
resource "aws_security_group" "this" {
  name        = "${var.name}-database"
  description = "MySQL from named security groups, nothing out"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "mysql" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "MySQL from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
  referenced_security_group_id = each.value
}

# The zones are set on the instances. If they are set on the cluster, AWS adds a third to
# a list of two, and every later plan wants to replace the cluster.
resource "aws_rds_cluster" "this" {
  cluster_identifier = var.name
  engine             = "aurora-mysql"
  engine_version     = var.engine_version

  db_subnet_group_name            = aws_db_subnet_group.this.name
  vpc_security_group_ids          = [aws_security_group.this.id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this.name

  master_username                     = var.master_username
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.this.key_id
  iam_database_authentication_enabled = true

  storage_encrypted = true
  kms_key_id        = aws_kms_key.this.arn

  backup_retention_period      = var.backup_retention_days
  preferred_backup_window      = "02:00-03:00"
  preferred_maintenance_window = "sun:03:30-sun:04:30"
  copy_tags_to_snapshot        = true
  deletion_protection          = var.deletion_protection
  skip_final_snapshot          = var.skip_final_snapshot
  final_snapshot_identifier    = var.skip_final_snapshot ? null : "${var.name}-final"

  enabled_cloudwatch_logs_exports = keys(aws_cloudwatch_log_group.this)
}

resource "aws_rds_cluster_instance" "this" {
  for_each = toset(var.availability_zones)

  identifier              = "${var.name}-${each.key}"
  cluster_identifier      = aws_rds_cluster.this.id
  engine                  = aws_rds_cluster.this.engine
  engine_version          = aws_rds_cluster.this.engine_version
  instance_class          = var.instance_class
  availability_zone       = each.key
  db_subnet_group_name    = aws_db_subnet_group.this.name
  db_parameter_group_name = aws_db_parameter_group.this.name
  publicly_accessible     = false

  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true

  # Seven days are free, and every class the module takes supports it.
  performance_insights_enabled          = var.performance_insights
  performance_insights_kms_key_id       = var.performance_insights ? aws_kms_key.this.arn : null
  performance_insights_retention_period = var.performance_insights ? 7 : null

  monitoring_interval = 60
  monitoring_role_arn = aws_iam_role.monitoring.arn

  lifecycle {
    precondition {
      condition     = local.kib_per_connection >= local.kib_needed_per_connection
      error_message = "${var.instance_class} has ${local.memory_gib[var.instance_class]} GiB. A quarter of it is outside the buffer pool, which leaves ${floor(local.kib_per_connection)} KiB for each of ${var.max_connections} connections; ${local.kib_needed_per_connection} KiB are needed. Choose a larger class or fewer connections."
    }
  }

  # Without the permissions the first minutes of metrics are lost.
  depends_on = [aws_iam_role_policy_attachment.monitoring]
}
