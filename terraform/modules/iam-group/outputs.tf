output "group_name" {
  description = "Name of the group."
  value       = aws_iam_group.this.name
}

output "group_arn" {
  description = "ARN of the group."
  value       = aws_iam_group.this.arn
}

output "user_names" {
  description = "Names of the group's users, sorted."
  value       = sort([for user in aws_iam_user.this : user.name])
}

output "user_arns" {
  description = "ARNs of the group's users, by name."
  value       = { for name, user in aws_iam_user.this : name => user.arn }
}
