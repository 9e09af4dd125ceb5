# The image's firewall keeps users from the machine's credentials. If a user becomes root,
# the credentials still give no access to another user's directory, group or log streams.
resource "aws_iam_role" "machine" {
  for_each = var.users

  name        = "${var.name}-machine-${each.key}"
  description = "Machine of ${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "machine" {
  for_each = var.users

  name = "machine"
  role = aws_iam_role.machine[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "HoldASession"
        Effect = "Allow"
        Action = [
          "ssm:UpdateInstanceInformation",
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        # These actions support no resource-level permissions, so AWS accepts only a star.
        Resource = "*"
      },
      {
        # The session's key travels through KMS.
        Sid      = "ReadTheSessionsKey"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.this.arn
      },
      {
        Sid       = "MountTheOwnHome"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        Resource  = aws_efs_file_system.home.arn
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.home[each.key].arn } }
      },
      {
        Sid      = "SayThatTheMachineIsSound"
        Effect   = "Allow"
        Action   = "autoscaling:CompleteLifecycleAction"
        Resource = local.group_arns[each.key]
      },
      {
        Sid      = "WriteTheOwnLogStreams"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.log_group_arns["machines"]}:log-stream:${var.name}-${each.key}/*"
      },
      {
        # The agent asks for the group and the stream before it writes there. Streams carry
        # session ids, which are not known in advance, so this also matches other users' sessions.
        Sid      = "WriteSessionLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = [local.log_group_arns["sessions"], "${local.log_group_arns["sessions"]}:*"]
      },
      {
        Sid      = "FindTheSessionLogGroup"
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups"
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:*"
      },
    ]
  })
}

resource "aws_iam_instance_profile" "machine" {
  for_each = var.users

  name = "${var.name}-machine-${each.key}"
  role = aws_iam_role.machine[each.key].name
}
