data "aws_caller_identity" "current" {}

locals {
  name       = "claims"
  account_id = data.aws_caller_identity.current.account_id
  # Bucket names are globally unique.
  input_bucket   = "${var.bucket_prefix}-${local.account_id}-${var.region}-input"
  results_bucket = "${var.bucket_prefix}-${local.account_id}-${var.region}-results"
  backfill       = "${local.name}-backfill"
}

module "processor" {
  source = "../../modules/s3-processor"

  name              = local.name
  package           = var.package
  architecture      = var.architecture
  input_bucket      = aws_s3_bucket.input.id
  input_kms_key_arn = aws_kms_key.input.arn
  results_bucket    = local.results_bucket
  # Readers can open the results directly.
  output_compression = "none"
  alarm_topic_arn    = var.alarm_topic_arn
  force_destroy      = var.force_destroy
}

module "backfill" {
  source = "../../modules/s3-backfill"

  name          = local.backfill
  function_arn  = module.processor.function_arn
  input_bucket  = aws_s3_bucket.input.id
  bucket        = "${var.bucket_prefix}-${local.account_id}-${var.region}-backfill"
  force_destroy = var.force_destroy
}
