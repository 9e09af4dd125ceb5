data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # Literal ARNs: the state machine's role and key refer to them before they exist.
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.name}"
  log_group_name    = "/aws/vendedlogs/states/${var.name}"
  log_group_arn     = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}"
  input_bucket_arn  = "arn:${local.partition}:s3:::${var.input_bucket}"

  definition = yamldecode(templatefile("${path.module}/backfill.asl.yaml", {
    bucket                       = var.bucket
    function_arn                 = var.function_arn
    max_concurrency              = var.max_concurrency
    max_object_bytes             = var.max_object_bytes
    tolerated_failure_percentage = var.tolerated_failure_percentage
    suffixes                     = jsonencode([for suffix in var.input_suffixes : { Variable = "$.Key", StringMatches = "*${suffix}" }])
  }))
}

resource "aws_sfn_state_machine" "this" {
  name       = var.name
  role_arn   = aws_iam_role.this.arn
  definition = jsonencode(local.definition)

  logging_configuration {
    level = "ERROR"
    # Names and sizes of objects, not their content.
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  # AWS checks that the role may deliver logs when it creates the state machine.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

# The list of objects. All versions: a list of the current ones alone lacks their ids, which the results are named by.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
resource "aws_s3_bucket_inventory" "this" {
  bucket                   = var.input_bucket
  name                     = var.name
  included_object_versions = "All"
  optional_fields          = ["Size", "ETag"]

  filter {
    prefix = var.input_prefix
  }

  schedule {
    frequency = "Daily"
  }

  destination {
    bucket {
      bucket_arn = aws_s3_bucket.this.arn
      account_id = local.account_id
      prefix     = "inventory"
      # The only format that Step Functions reads.
      format = "CSV"

      encryption {
        sse_kms {
          key_id = aws_kms_key.this.arn
        }
      }
    }
  }

  # S3 checks that it may write there.
  depends_on = [aws_s3_bucket_policy.this]
}
