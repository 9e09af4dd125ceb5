data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
}

resource "aws_fsx_lustre_file_system" "this" {
  deployment_type             = "PERSISTENT_2"
  file_system_type_version    = "2.15"
  storage_type                = "SSD"
  storage_capacity            = var.storage_gib
  per_unit_storage_throughput = var.throughput
  data_compression_type       = "LZ4"
  subnet_ids                  = [var.subnet_id]
  security_group_ids          = [aws_security_group.file_system.id]
  kms_key_id                  = aws_kms_key.this.arn

  # FSx takes no backups of a file system that is linked to S3; the versioned bucket is the backup:
  # https://docs.aws.amazon.com/fsx/latest/LustreGuide/using-backups-fsx.html
  automatic_backup_retention_days = 0
  skip_final_backup               = true

  # No machine's root is root here. The folders come from the bucket, so nobody needs to be:
  # https://docs.aws.amazon.com/fsx/latest/LustreGuide/root-squash.html
  root_squash_configuration {
    root_squash = "65534:65534"
  }

  log_configuration {
    level       = "WARN_ERROR"
    destination = aws_cloudwatch_log_group.this.arn
  }

  tags = { Name = var.name }

  depends_on = [
    # FSx tries port 988 when it creates a file system.
    aws_vpc_security_group_ingress_rule.file_system, aws_vpc_security_group_egress_rule.file_system,
  ]
}

# Changes on the file system go to S3. Of S3's changes only new objects come back: that is how folders
# appear, and no deletion in the bucket deletes a file.
resource "aws_fsx_data_repository_association" "this" {
  file_system_id                   = aws_fsx_lustre_file_system.this.id
  file_system_path                 = "/"
  data_repository_path             = "s3://${aws_s3_bucket.export.id}"
  batch_import_meta_data_on_create = true
  delete_data_in_filesystem        = false

  s3 {
    auto_export_policy {
      events = ["NEW", "CHANGED", "DELETED"]
    }

    auto_import_policy {
      events = ["NEW"]
    }
  }

  tags = { Name = var.name }

  depends_on = [aws_s3_object.folder, aws_s3_bucket_versioning.export, aws_s3_bucket_server_side_encryption_configuration.export]
}

# A client in another VPC mounts by address; the name resolves in the file system's own:
# https://docs.aws.amazon.com/fsx/latest/LustreGuide/mounting-on-premises.html
data "aws_network_interface" "primary" {
  id = aws_fsx_lustre_file_system.this.network_interface_ids[0]
}
