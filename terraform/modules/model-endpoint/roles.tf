locals {
  sagemaker_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })

  pull_statements = [
    {
      Sid      = "PullTheImage"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = var.repository_arn
    },
    {
      Sid    = "SignInToTheRegistryAndLookAtTheNetwork"
      Effect = "Allow"
      Action = [
        "ecr:GetAuthorizationToken",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
      ]
      # These actions support no resource-level permissions, so AWS accepts only a star.
      Resource = "*"
    },
    {
      Sid    = "ConnectToTheVPC"
      Effect = "Allow"
      Action = ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"]
      Resource = concat(
        ["arn:${local.partition}:ec2:${local.own}:network-interface/*", "arn:${local.partition}:ec2:${local.own}:security-group/${aws_security_group.this.id}"],
        [for subnet in sort(var.subnet_ids) : "arn:${local.partition}:ec2:${local.own}:subnet/${subnet}"],
      )
    },
  ]

  # SageMaker encrypts the volumes of endpoints and jobs through a grant that the execution role makes:
  # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, VolumeKmsKeyId.
  volumes_statement = {
    Sid       = "EncryptVolumes"
    Effect    = "Allow"
    Action    = "kms:CreateGrant"
    Resource  = aws_kms_key.this.arn
    Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
  }

  # Processor and memory of machines: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
  machines_statement = {
    Sid    = "ReportItsMachines"
    Effect = "Allow"
    Action = "cloudwatch:PutMetricData"
    # Metrics have no ARN; the namespace is what can be limited.
    Resource  = "*"
    Condition = { StringLike = { "cloudwatch:namespace" = "/aws/sagemaker/*" } }
  }

  # SageMaker reads the alarms of a deployment with the execution role; a deployment without this right fails:
  # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
  rollback_statements = local.on_instances ? [{
    Sid      = "ReadTheAlarmsOfADeployment"
    Effect   = "Allow"
    Action   = "cloudwatch:DescribeAlarms"
    Resource = [for alarm in sort(keys(local.variant_alarms)) : "arn:${local.partition}:cloudwatch:${local.own}:alarm:${var.name}-${alarm}"]
  }] : []

  endpoint_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "ReadModelsAndClaimsOfTransformJobs"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [for prefix in ["batch", "models", "runs"] : "arn:${local.partition}:s3:::${var.artifacts_bucket}/${prefix}/*"]
      },
      {
        Sid       = "FindClaimsOfTransformJobs"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = "arn:${local.partition}:s3:::${var.artifacts_bucket}"
        Condition = { StringLike = { "s3:prefix" = "batch/*" } }
      },
      {
        Sid      = "WriteCaptures"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${aws_s3_bucket.captures.arn}/captures/*"
      },
      {
        Sid       = "ReadModelsEncrypted"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.artifacts_kms_key_arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      {
        Sid       = "EncryptCaptures"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      local.volumes_statement,
      local.machines_statement,
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = [for group in ["Endpoints/${var.name}", "TransformJobs"] : "arn:${local.partition}:logs:${local.own}:log-group:/aws/sagemaker/${group}*"]
      },
    ], local.rollback_statements, local.pull_statements)
  })

  monitor_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "ReadCapturesBaselineAndOutcomes"
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = [
          "${aws_s3_bucket.captures.arn}/captures/*",
          "${aws_s3_bucket.captures.arn}/outcomes/*",
          "arn:${local.partition}:s3:::${var.artifacts_bucket}/baselines/*",
        ]
      },
      {
        Sid       = "FindCaptures"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = aws_s3_bucket.captures.arn
        Condition = { StringLike = { "s3:prefix" = ["captures/*", "outcomes/*"] } }
      },
      {
        Sid      = "WriteReports"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${aws_s3_bucket.captures.arn}/reports/*"
      },
      {
        Sid       = "UseTheKeysThroughS3"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [aws_kms_key.this.arn, var.artifacts_kms_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      {
        Sid    = "WriteItsMetrics"
        Effect = "Allow"
        Action = "cloudwatch:PutMetricData"
        # Metrics have no ARN; only the namespace can be limited.
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = "ModelMonitor" } }
      },
      {
        Sid       = "SayThatThereIsDrift"
        Effect    = "Allow"
        Action    = "events:PutEvents"
        Resource  = "arn:${local.partition}:events:${local.own}:event-bus/default"
        Condition = { StringEquals = { "events:source" = "model-monitor" } }
      },
      local.volumes_statement,
      local.machines_statement,
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = "arn:${local.partition}:logs:${local.own}:log-group:/aws/sagemaker/ProcessingJobs:*"
      },
    ], local.pull_statements)
  })
}

resource "aws_iam_role" "endpoint" {
  name               = "${var.name}-endpoint"
  description        = "Execution role of SageMaker to serve ${var.name}"
  assume_role_policy = local.sagemaker_trust
}

resource "aws_iam_role_policy" "endpoint" {
  name   = "serve-model"
  role   = aws_iam_role.endpoint.id
  policy = local.endpoint_policy
}

resource "aws_iam_role" "monitor" {
  name               = "${var.name}-monitor"
  description        = "Checks the captures of the endpoint ${var.name} for drift and errors"
  assume_role_policy = local.sagemaker_trust
}

resource "aws_iam_role_policy" "monitor" {
  name   = "judge-captures"
  role   = aws_iam_role.monitor.id
  policy = local.monitor_policy
}
