# A processing job of ours and not a monitoring schedule: the built-in analyser knows neither the
# claims' schema nor the costs that become known months later.
resource "aws_scheduler_schedule" "monitor" {
  count = local.on_instances ? 1 : 0

  name                         = "${var.name}-monitor"
  description                  = "Judges what the endpoint ${var.name} captured"
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
    input = jsonencode({
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
          "--claims", "s3://${var.artifacts_bucket}/claims/current/",
          "--model", var.name,
        ]
      }
      ProcessingResources = {
        ClusterConfig = { InstanceCount = 1, InstanceType = "ml.m5.large", VolumeSizeInGB = 10, VolumeKmsKeyId = aws_kms_key.this.arn }
      }
      NetworkConfig = {
        EnableInterContainerTrafficEncryption = true
        VpcConfig                             = { SecurityGroupIds = [aws_security_group.this.id], Subnets = sort(var.subnet_ids) }
      }
      StoppingCondition = { MaxRuntimeInSeconds = 3600 }
    })

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }
  }
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
    ]
  })
}
