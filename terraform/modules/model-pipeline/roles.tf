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

  # SageMaker names the jobs of a pipeline itself.
  job_arns = [for kind in ["processing-job", "training-job"] : "arn:${local.partition}:sagemaker:${local.own}:${kind}/pipelines-*"]

  pipeline_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Denies a job outside the VPC.
        Sid       = "StartJobsInTheVPC"
        Effect    = "Allow"
        Action    = ["sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"]
        Resource  = local.job_arns
        Condition = { "ForAllValues:StringEquals" = { "sagemaker:VpcSubnets" = sort(var.subnet_ids) }, Null = { "sagemaker:VpcSubnets" = "false" } }
      },
      {
        Sid      = "FollowItsJobs"
        Effect   = "Allow"
        Action   = ["sagemaker:AddTags", "sagemaker:DescribeProcessingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopProcessingJob", "sagemaker:StopTrainingJob"]
        Resource = local.job_arns
      },
      {
        Sid    = "RegisterModels"
        Effect = "Allow"
        Action = ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"]
        Resource = [
          "arn:${local.partition}:sagemaker:${local.own}:model-package-group/${var.name}",
          "arn:${local.partition}:sagemaker:${local.own}:model-package/${var.name}/*",
        ]
      },
      {
        # The condition step reads the evaluation.
        Sid      = "ReadReports"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${aws_s3_bucket.artifacts.arn}/runs/*"
      },
      {
        Sid       = "ReadThemEncrypted"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      {
        Sid       = "GiveJobsTheirRole"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = aws_iam_role.jobs.arn
        Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
      },
    ]
  })

  jobs_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadClaimsAndModels"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [for prefix in ["claims", "models", "runs"] : "${aws_s3_bucket.artifacts.arn}/${prefix}/*"]
      },
      {
        Sid      = "WriteItsRun"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:PutObject"]
        Resource = "${aws_s3_bucket.artifacts.arn}/runs/*"
      },
      {
        Sid      = "FindWhatToRead"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = aws_s3_bucket.artifacts.arn
      },
      {
        Sid       = "UseTheKeyThroughS3"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      {
        # Volumes of jobs (VolumeKmsKeyId): https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        Sid       = "EncryptVolumes"
        Effect    = "Allow"
        Action    = "kms:CreateGrant"
        Resource  = aws_kms_key.this.arn
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
      {
        # SageMaker asks for it where a job's output has a key (KmsKeyId); the same page.
        Sid      = "EncryptOutputs"
        Effect   = "Allow"
        Action   = "kms:Encrypt"
        Resource = aws_kms_key.this.arn
      },
      {
        # Processor and memory of the machines; the same page.
        Sid    = "ReportItsMachines"
        Effect = "Allow"
        Action = "cloudwatch:PutMetricData"
        # Metrics have no ARN; the namespace is what can be limited.
        Resource  = "*"
        Condition = { StringLike = { "cloudwatch:namespace" = "/aws/sagemaker/*" } }
      },
      {
        Sid      = "PullTheImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = aws_ecr_repository.this.arn
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = [for kind in ["ProcessingJobs", "TrainingJobs"] : "arn:${local.partition}:logs:${local.own}:log-group:/aws/sagemaker/${kind}:*"]
      },
      {
        # These actions support no resource-level permissions.
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
        Sid    = "ConnectJobsToTheVPC"
        Effect = "Allow"
        Action = ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"]
        Resource = concat(
          ["arn:${local.partition}:ec2:${local.own}:network-interface/*", "arn:${local.partition}:ec2:${local.own}:security-group/${aws_security_group.jobs.id}"],
          [for subnet in sort(var.subnet_ids) : "arn:${local.partition}:ec2:${local.own}:subnet/${subnet}"],
        )
      },
    ]
  })

  retrain_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartAndFollowThePipeline"
        Effect   = "Allow"
        Action   = ["sagemaker:DescribePipelineExecution", "sagemaker:StartPipelineExecution"]
        Resource = [local.pipeline_arn, "${local.pipeline_arn}/execution/*"]
      },
      {
        Sid      = "HoldTheLock"
        Effect   = "Allow"
        Action   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"]
        Resource = aws_dynamodb_table.lock.arn
      },
      {
        Sid      = "AskWhetherTheHolderRuns"
        Effect   = "Allow"
        Action   = "states:DescribeExecution"
        Resource = "${replace(local.state_machine_arn, ":stateMachine:", ":execution:")}:*"
      },
      {
        Sid       = "UseTheKeyThroughTheTable"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${local.region}.amazonaws.com" } }
      },
      {
        Sid    = "DeliverLogs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery",
          "logs:DeleteLogDelivery",
          "logs:DescribeLogGroups",
          "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery",
          "logs:ListLogDeliveries",
          "logs:PutResourcePolicy",
          "logs:UpdateLogDelivery",
        ]
        # These actions support no resource-level permissions, so AWS accepts only a star.
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_role" "pipeline" {
  name               = "${var.name}-pipeline"
  description        = "Starts the jobs of the pipeline ${var.name} and registers its models"
  assume_role_policy = local.sagemaker_trust
}

resource "aws_iam_role_policy" "pipeline" {
  name   = "run-pipeline"
  role   = aws_iam_role.pipeline.id
  policy = local.pipeline_policy
}

resource "aws_iam_role" "jobs" {
  name               = "${var.name}-jobs"
  description        = "Execution role of the processing and training jobs of ${var.name}"
  assume_role_policy = local.sagemaker_trust
}

resource "aws_iam_role_policy" "jobs" {
  name   = "run-jobs"
  role   = aws_iam_role.jobs.id
  policy = local.jobs_policy
}

resource "aws_iam_role" "retrain" {
  name        = "${var.name}-retrain"
  description = "Starts the pipeline ${var.name}, one at a time"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = local.state_machine_arn }
      }
    }]
  })
}

resource "aws_iam_role_policy" "retrain" {
  name   = "retrain"
  role   = aws_iam_role.retrain.id
  policy = local.retrain_policy
}

resource "aws_iam_role" "events" {
  name        = "${var.name}-retrain-events"
  description = "Lets one rule start retraining"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:${local.partition}:events:${local.own}:rule/${var.name}-drift" } }
    }]
  })
}

resource "aws_iam_role_policy" "events" {
  name = "start-retraining"
  role = aws_iam_role.events.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "StartRetraining"
      Effect   = "Allow"
      Action   = "states:StartExecution"
      Resource = local.state_machine_arn
    }]
  })
}
