output "public_bucket_name" {
  description = "Name of the bucket whose objects anyone may read."
  value       = aws_s3_bucket.public.bucket
}

output "public_bucket_domain_name" {
  description = "Host name that the public bucket's objects are read from."
  value       = aws_s3_bucket.public.bucket_regional_domain_name
}

output "private_bucket_name" {
  description = "Name of the bucket that this account and the reader account may read."
  value       = aws_s3_bucket.private.bucket
}

output "private_bucket_arn" {
  description = "ARN of the private bucket, for policies in the reader account."
  value       = aws_s3_bucket.private.arn
}

output "reader_account_id" {
  description = "Id of the other account that may read the private bucket, with its leading zeros."
  value       = var.reader_account_id
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts the private bucket, for policies in the reader account."
  value       = aws_kms_key.private.arn
}
