locals {
  of_the_fleet = { StringEquals = { "aws:ResourceTag/Fleet" = var.fleet_name } }

  rollout_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "LookAround"
        Effect = "Allow"
        Action = [
          "autoscaling:DescribeAutoScalingGroups",
          "cloudwatch:DescribeAlarms",
          # Parameter Store asks, as the caller, whether the image is there.
          "ec2:DescribeImages",
          "ec2:DescribeInstances",
          "ec2:DescribeLaunchTemplateVersions",
        ]
        # These know no resource, so a star is the only thing AWS accepts.
        Resource = "*"
      },
      {
        # Writing is for going back: the parameter is set to the last good image.
        Sid      = "ReadAndSetTheImage"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:PutParameter"]
        Resource = local.parameter_arn
      },
      {
        Sid       = "NewVersionsOfTheFleetsTemplates"
        Effect    = "Allow"
        Action    = "ec2:CreateLaunchTemplateVersion"
        Resource  = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:launch-template/*"
        Condition = local.of_the_fleet
      },
      {
        Sid       = "ReplaceTheFleetsMachines"
        Effect    = "Allow"
        Action    = ["autoscaling:TerminateInstanceInAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"]
        Resource  = "arn:${local.partition}:autoscaling:${local.region}:${local.account_id}:autoScalingGroup:*"
        Condition = local.of_the_fleet
      },
      {
        # Whoever gives a group another template must be allowed to start what is in it.
        Sid       = "StartWhatTheFleetsTemplatesSay"
        Effect    = "Allow"
        Action    = "ec2:RunInstances"
        Resource  = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:launch-template/*"
        Condition = local.of_the_fleet
      },
      {
        Sid    = "FromATemplateOnly"
        Effect = "Allow"
        Action = "ec2:RunInstances"
        Resource = concat(
          ["arn:${local.partition}:ec2:${local.region}::image/*"],
          [
            for kind in ["instance", "network-interface", "security-group", "subnet", "volume"] :
            "arn:${local.partition}:ec2:${local.region}:${local.account_id}:${kind}/*"
          ],
        )
        Condition = { Bool = { "ec2:IsLaunchTemplateResource" = "true" } }
      },
      {
        Sid       = "TagWhatIsStarted"
        Effect    = "Allow"
        Action    = "ec2:CreateTags"
        Resource  = [for kind in ["instance", "network-interface", "volume"] : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:${kind}/*"]
        Condition = { StringEquals = { "ec2:CreateAction" = "RunInstances" } }
      },
      {
        Sid       = "GiveMachinesTheirRole"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = var.machine_role_arn_pattern
        Condition = { StringEquals = { "iam:PassedToService" = "ec2.amazonaws.com" } }
      },
      {
        Sid      = "HoldTheLock"
        Effect   = "Allow"
        Action   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"]
        Resource = aws_dynamodb_table.this.arn
      },
      {
        Sid      = "AskWhetherTheHolderRuns"
        Effect   = "Allow"
        Action   = "states:DescribeExecution"
        Resource = "${replace(local.state_machine_arn, ":stateMachine:", ":execution:")}:*"
      },
      {
        Sid      = "RunBatches"
        Effect   = "Allow"
        Action   = "states:StartExecution"
        Resource = local.state_machine_arn
      },
      {
        Sid      = "FollowBatches"
        Effect   = "Allow"
        Action   = ["states:DescribeExecution", "states:StopExecution"]
        Resource = "${replace(local.state_machine_arn, ":stateMachine:", ":execution:")}/*"
      },
      {
        Sid      = "Notify"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = aws_sns_topic.this.arn
      },
      {
        Sid       = "UseTheKeyThroughTableAndTopic"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "sns"] : "${service}.${local.region}.amazonaws.com"] } }
      },
      {
        Sid    = "DeliverLogsAndTraces"
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
          "xray:GetSamplingRules",
          "xray:GetSamplingTargets",
          "xray:PutTelemetryRecords",
          "xray:PutTraceSegments",
        ]
        # These know no resource either.
        Resource = "*"
      },
    ]
  })

  start_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "states:StartExecution"
      Resource = local.state_machine_arn
    }]
  })
}

resource "aws_iam_role" "rollout" {
  name        = "${var.name}-rollout"
  description = "Replaces the machines of one fleet"
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

resource "aws_iam_role_policy" "rollout" {
  name   = "rollout"
  role   = aws_iam_role.rollout.id
  policy = local.rollout_policy
}

resource "aws_iam_role" "events" {
  name        = "${var.name}-events"
  description = "Lets two rules start the rollout"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { ArnLike = { "aws:SourceArn" = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}-*" } }
    }]
  })
}

resource "aws_iam_role_policy" "events" {
  name   = "start-rollout"
  role   = aws_iam_role.events.id
  policy = local.start_policy
}
