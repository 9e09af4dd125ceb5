# AmazonSSMManagedInstanceCore also reads every parameter of the account and runs
# commands and patches. A session needs these five actions and no more.
locals {
  session_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
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
    }]
  })
}

resource "aws_iam_role" "this" {
  name        = "${var.name}-instance"
  description = "Allows Session Manager access to ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "session" {
  name   = "session-manager"
  role   = aws_iam_role.this.id
  policy = local.session_policy
}

resource "aws_iam_instance_profile" "this" {
  name = "${var.name}-instance"
  role = aws_iam_role.this.name
}
