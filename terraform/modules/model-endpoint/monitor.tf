locals {
  monitor_job = {
    ProcessingJobName = "${var.name}-monitor-<aws.scheduler.execution-id>"
    RoleArn           = aws_iam_role.monitor.arn
    AppSpecification = {
      ImageUri            = var.jobs_image
      ContainerEntrypoint = ["python3", "-m", "monitor"]
      ContainerArguments = [
        "--captures", "s3://${aws_s3_bucket.captures.id}/captures/${var.name}/",
        "--outcomes", "s3://${aws_s3_bucket.captures.id}/outcomes/",
        "--baseline", "s3://${var.artifacts_bucket}/baselines/${var.name}.json",
        "--reports", "s3://${aws_s3_bucket.captures.id}/reports/",
        "--claims", "s3://${var.artifacts_bucket}/claims/",
        "--model", var.name,
      ]
    }
    # SageMaker sets AWS_REGION, and boto3 reads AWS_DEFAULT_REGION alone:
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html#using-environment-variables
    Environment = { AWS_DEFAULT_REGION = local.region }
    ProcessingResources = {
      ClusterConfig = { InstanceCount = 1, InstanceType = "ml.m5.large", VolumeSizeInGB = 10, VolumeKmsKeyId = aws_kms_key.this.arn }
    }
    NetworkConfig = {
      EnableInterContainerTrafficEncryption = true
      VpcConfig                             = { SecurityGroupIds = [aws_security_group.this.id], Subnets = sort(var.subnet_ids) }
    }
    StoppingCondition = { MaxRuntimeInSeconds = 3600 }
  }
}

# A processing job and not a monitoring schedule: the built-in analyser supports neither the claims' schema nor
# costs that become known months later.
resource "aws_scheduler_schedule" "monitor" {
  count = local.on_instances ? 1 : 0

  name                         = "${var.name}-monitor"
  description                  = "Checks the captures of the endpoint ${var.name} for drift and errors"
  schedule_expression          = var.monitor_schedule
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = aws_kms_key.this.arn

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:sagemaker:createProcessingJob"
    role_arn = aws_iam_role.schedule[0].arn
    # jsonencode escapes < and > as \u003c and \u003e, and Scheduler fills in only <aws.scheduler.execution-id>:
    # https://developer.hashicorp.com/terraform/language/functions/jsonencode
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    input = replace(replace(jsonencode(local.monitor_job), "\\u003c", "<"), "\\u003e", ">")

    dead_letter_config {
      arn = aws_sqs_queue.monitor_dead_letters[0].arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }
  }
}

# A run that could not be started, after its retries.
resource "aws_sqs_queue" "monitor_dead_letters" {
  count = local.on_instances ? 1 : 0

  name                      = "${var.name}-monitor-dead-letters"
  message_retention_seconds = 1209600
  kms_master_key_id         = aws_kms_key.this.key_id

  tags = { Name = "${var.name}-monitor-dead-letters" }
}

resource "aws_iam_role" "schedule" {
  count = local.on_instances ? 1 : 0

  name        = "${var.name}-monitor-schedule"
  description = "Starts the monitor of ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  count = local.on_instances ? 1 : 0

  name = "start-monitor"
  role = aws_iam_role.schedule[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartTheMonitor"
        Effect   = "Allow"
        Action   = "sagemaker:CreateProcessingJob"
        Resource = "arn:${local.partition}:sagemaker:${local.own}:processing-job/${var.name}-monitor-*"
      },
      {
        Sid       = "GiveItItsRole"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = aws_iam_role.monitor.arn
        Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
      },
      {
        Sid       = "ReadTheSchedulesInput"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "scheduler.${local.region}.amazonaws.com" } }
      },
      {
        # Scheduler delivers dead letters with the execution role:
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
        Sid      = "KeepWhatFailed"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.monitor_dead_letters[0].arn
      },
      {
        # A producer of an encrypted queue needs both:
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
        Sid       = "EncryptWhatFailed"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "sqs.${local.region}.amazonaws.com" } }
      },
    ]
  })
}
