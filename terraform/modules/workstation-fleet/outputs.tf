output "name" {
  description = "Name of the fleet, the value of the tag Fleet on machines, groups and templates."
  value       = var.name
}

output "groups" {
  description = "Names of the Auto Scaling groups, by user."
  value       = { for user, group in aws_autoscaling_group.this : user => group.name }
}

output "groups_by_wave" {
  description = "Names of the Auto Scaling groups, by wave: groups in first get a new image before those in rest."
  value = {
    first = [for user, group in aws_autoscaling_group.this : group.name if var.users[user].first_wave]
    rest  = [for user, group in aws_autoscaling_group.this : group.name if !var.users[user].first_wave]
  }
}

output "subnet_ids" {
  description = "Ids of the machines' subnets."
  value       = sort(values(var.subnet_ids))
}

output "user_ids" {
  description = "Numeric user ids on machines and file systems, by user."
  value       = local.uids
}

output "launch_template_ids" {
  description = "Ids of the launch templates, by user."
  value       = { for user, template in aws_launch_template.this : user => template.id }
}

output "user_role_arns" {
  description = "ARNs of the roles that people assume, by user."
  value       = { for user, role in aws_iam_role.user : user => role.arn }
}

output "machine_role_arns" {
  description = "ARNs of the machines' roles, by user."
  value       = { for user, role in aws_iam_role.machine : user => role.arn }
}

output "machine_role_arn_pattern" {
  description = "ARN pattern of the machines' roles, roles of future users included, for iam:PassRole of the rollout."
  value       = "arn:${local.partition}:iam::${local.account_id}:role/${var.name}-machine-*"
}

output "access_point_arns" {
  description = "ARNs of the access points to the home directories, by user."
  value       = { for user, point in aws_efs_access_point.home : user => point.arn }
}

output "file_system_id" {
  description = "Id of the file system with the home directories."
  value       = aws_efs_file_system.home.id
}

output "machine_security_group_id" {
  description = "Id of the machines' security group."
  value       = aws_security_group.machine.id
}

output "session_document_name" {
  description = "Name of the session document; aws ssm start-session --document-name takes it."
  value       = aws_ssm_document.session.name
}

output "alarm_names" {
  description = "Names of the alarms on the fleet's health."
  value       = [aws_cloudwatch_metric_alarm.self_check_failed.alarm_name]
}

output "log_group_names" {
  description = "Names of the log groups, by content."
  value       = { for what, group in aws_cloudwatch_log_group.this : what => group.name }
}

output "kms_key_arn" {
  description = "ARN of the key of volumes, home directories, sessions and logs."
  value       = aws_kms_key.this.arn
}
