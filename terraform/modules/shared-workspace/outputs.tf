output "file_system_id" {
  description = "Id of the file system."
  value       = aws_fsx_lustre_file_system.this.id
}

output "mount_source" {
  description = "Source for mount -t lustre: address and mount name."
  value       = "${data.aws_network_interface.primary.private_ip}@tcp:/${aws_fsx_lustre_file_system.this.mount_name}"
}

output "association_id" {
  description = "Id of the data repository association, which exports to the bucket."
  value       = aws_fsx_data_repository_association.this.id
}

output "bucket_name" {
  description = "Name of the bucket that files are exported to."
  value       = aws_s3_bucket.export.id
}

output "security_group_id" {
  description = "Id of the file system's security group."
  value       = aws_security_group.file_system.id
}

output "log_group_name" {
  description = "Name of the log group with the file system's warnings and errors."
  value       = aws_cloudwatch_log_group.this.name
}

output "alarm_name" {
  description = "Name of the alarm on a delayed export."
  value       = aws_cloudwatch_metric_alarm.export_behind.alarm_name
}

output "kms_key_arn" {
  description = "ARN of the key of the file system, the bucket and the log."
  value       = aws_kms_key.this.arn
}
