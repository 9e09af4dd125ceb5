data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # Literal names instead of references: policies refer to the resources before they exist.
  function_arn     = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}"
  log_group_name   = "/aws/lambda/${var.name}"
  log_group_arn    = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}"
  input_bucket_arn = "arn:${local.partition}:s3:::${var.input_bucket}"
  output_prefix    = "results/"
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = "Turns claims in ${var.input_bucket}/${var.input_prefix} into accepted rows, rejected rows and a summary"
  role          = aws_iam_role.this.arn

  runtime          = "provided.al2023"
  architectures    = [var.architecture]
  handler          = "bootstrap"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)

  memory_size = var.memory_size
  timeout     = var.timeout_seconds
  # -1 reserves nothing. 100 executions of the account must stay unreserved, and new accounts have fewer than that:
  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  reserved_concurrent_executions = var.reserved_concurrency == null ? -1 : var.reserved_concurrency
  kms_key_arn                    = aws_kms_key.this.arn

  environment {
    variables = {
      OUTPUT_BUCKET      = aws_s3_bucket.results.id
      OUTPUT_PREFIX      = local.output_prefix
      OUTPUT_COMPRESSION = var.output_compression
    }
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.dead_letters.arn
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.this.name
  }

  tracing_config {
    mode = "Active"
  }

  tags = { Name = var.name }

  # Lambda tests the dead-letter queue when it is set, and would create its own log group.
  depends_on = [aws_iam_role_policy.this, aws_cloudwatch_log_group.this]
}

# Lambda retries twice; an event that fails three times needs a person.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600
}

resource "aws_lambda_permission" "input_bucket" {
  statement_id   = "input-bucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = local.input_bucket_arn
  source_account = local.account_id
}

resource "aws_s3_bucket_notification" "this" {
  bucket = var.input_bucket

  dynamic "lambda_function" {
    for_each = toset(var.input_suffixes)

    content {
      id                  = "${var.name}-${replace(lambda_function.value, ".", "-")}"
      lambda_function_arn = aws_lambda_function.this.arn
      events              = ["s3:ObjectCreated:*"]
      filter_prefix       = var.input_prefix
      filter_suffix       = lambda_function.value
    }
  }

  depends_on = [aws_lambda_permission.input_bucket]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}
