locals {
  # Amazon Aurora User Guide, "Specifications for DB instance classes for Aurora".
  size_gib = {
    "large" = 16, "xlarge" = 32, "2xlarge" = 64, "4xlarge" = 128, "8xlarge" = 256, "12xlarge" = 384, "16xlarge" = 512
  }
  memory_gib = merge([
    for family in ["r6g", "r7g"] : { for size, gib in local.size_gib : "db.${family}.${size}" => gib }
  ]...)

  # Pinned in the parameter group, so that the calculation holds whatever a later
  # engine version's defaults are. The values are those of MySQL 8.0.
  session_buffers_kib = {
    join_buffer_size     = 256
    read_buffer_size     = 128
    read_rnd_buffer_size = 256
    sort_buffer_size     = 256
  }

  # Not pinned here: three defaults of MySQL 8.0, the share of temptable_max_ram
  # (1 GiB over 16,000), and an allowance for memory that no variable limits.
  session_memory_kib = {
    thread_stack                = 1024
    net_buffer_length_twice     = 2 * 16
    binlog_cache_size           = 32
    share_of_temporary_tables   = 64
    parsing_and_instrumentation = 1024
  }

  kib_needed_per_connection = sum(concat(values(local.session_buffers_kib), values(local.session_memory_kib)))

  # innodb_buffer_pool_size is {DBInstanceClassMemory*3/4} by default.
  kib_per_connection = local.memory_gib[var.instance_class] * 1024 * 1024 / 4 / var.max_connections
}

# max_connections is a parameter of the instance. In a cluster parameter group it
# would be accepted too, but the instances' default group would override it.
resource "aws_db_parameter_group" "this" {
  # A new family creates its group before the old one is deleted: a fixed name would exist already.
  name_prefix = "${var.name}-instance-"
  description = "Connections and the memory of each, for instances of ${var.name}"
  family      = "aurora-mysql8.0"

  parameter {
    name         = "max_connections"
    value        = tostring(var.max_connections)
    apply_method = "immediate"
  }

  dynamic "parameter" {
    for_each = local.session_buffers_kib

    content {
      name         = parameter.key
      value        = tostring(parameter.value * 1024)
      apply_method = "immediate"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_rds_cluster_parameter_group" "this" {
  name_prefix = "${var.name}-cluster-"
  description = "TLS and logs for ${var.name}"
  family      = "aurora-mysql8.0"

  dynamic "parameter" {
    for_each = {
      require_secure_transport = "ON"
      # The export of the audit and slow query logs is empty unless these settings enable the logs.
      server_audit_logging = "1"
      server_audit_events  = "CONNECT,QUERY_DCL,QUERY_DDL"
      slow_query_log       = "1"
    }

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "immediate"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
