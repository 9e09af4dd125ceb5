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
          "autoscaling:DescribeInstanceRefreshes",
          "cloudwatch:DescribeAlarms",
          "ec2:DescribeImages",
          "ec2:DescribeLaunchTemplateVersions",
        ]
        # These support no resource-level permissions.
        Resource = "*"
      },
      {
        # Write access is for the rollback: it sets the parameter to the last good image, which has the label "good".
        Sid      = "ReadAndSetTheImage"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:LabelParameterVersion", "ssm:PutParameter"]
        Resource = [local.parameter_arn, "${local.parameter_arn}:good"]
      },
      {
        Sid       = "NewVersionsOfTheFleetsTemplates"
        Effect    = "Allow"
        Action    = "ec2:CreateLaunchTemplateVersion"
        Resource  = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:launch-template/*"
        Condition = local.of_the_fleet
      },
      {
        Sid       = "RefreshTheFleetsGroups"
        Effect    = "Allow"
        Action    = "autoscaling:StartInstanceRefresh"
        Resource  = "arn:${local.partition}:autoscaling:${local.region}:${local.account_id}:autoScalingGroup:*"
        Condition = local.of_the_fleet
      },
      {
        # Auto Scaling checks that the caller who sets a group's template may start instances from it.
        # https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
        Sid       = "StartWhatTheFleetsTemplatesSay"
        Effect    = "Allow"
        Action    = "ec2:RunInstances"
        Resource  = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:launch-template/*"
        Condition = local.of_the_fleet
      },
      {
        Sid      = "FromImagesOfTheOwnPipeline"
        Effect   = "Allow"
        Action   = "ec2:RunInstances"
        Resource = "arn:${local.partition}:ec2:${local.region}::image/*"
        Condition = {
          StringEquals = { "ec2:Owner" = local.account_id, "aws:ResourceTag/${var.image_tag.key}" = var.image_tag.value }
        }
      },
      {
        # Not on the condition ec2:IsLaunchTemplateResource: the group supplies the subnet, so it is never true for one.
        Sid    = "InTheFleetsSubnetsAndGroup"
        Effect = "Allow"
        Action = "ec2:RunInstances"
        Resource = concat(
          [for id in sort(var.subnet_ids) : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:subnet/${id}"],
          ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:security-group/${var.security_group_id}"],
        )
      },
      {
        # These resources exist only after the call, so no id or tag can name them.
        Sid      = "NewMachines"
        Effect   = "Allow"
        Action   = "ec2:RunInstances"
        Resource = [for kind in ["instance", "network-interface", "volume"] : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:${kind}/*"]
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
        # A distributed map runs each group as a child execution.
        Sid      = "RunWaves"
        Effect   = "Allow"
        Action   = "states:StartExecution"
        Resource = local.state_machine_arn
      },
      {
        Sid      = "FollowWaves"
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
        Sid       = "UseTheKeyThroughTheTopic"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "sns.${local.region}.amazonaws.com" } }
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
        # These actions support no resource-level permissions either.
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
