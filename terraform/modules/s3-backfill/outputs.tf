output "state_machine_arn" {
  description = "ARN of the state machine that runs the backfill."
  value       = aws_sfn_state_machine.this.arn
}

output "bucket_name" {
  description = "Name of the bucket with the inventories (below inventory/) and the result for each object (below runs/)."
  value       = aws_s3_bucket.this.id
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts inventories, runs and logs."
  value       = aws_kms_key.this.arn
}

output "role_name" {
  description = "Name of the state machine's role."
  value       = aws_iam_role.this.name
}
