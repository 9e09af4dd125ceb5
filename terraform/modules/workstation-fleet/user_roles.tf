# The role that a person assumes. The principal's tag names the person: an identity
# provider sends it with the session, or an administrator sets it on the principal.
resource "aws_iam_role" "user" {
  for_each = var.users

  name                 = "${var.name}-user-${each.key}"
  description          = "Access to the machine of ${each.key} only"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
      Action    = "sts:AssumeRole"
      # Session ids begin with the name of the role session, so it must be the user's id.
      Condition = { StringEquals = { "aws:PrincipalTag/WorkstationUser" = each.key, "sts:RoleSessionName" = each.key } }
    }]
  })
}

resource "aws_iam_role_policy" "user" {
  for_each = var.users

  name = "own-machine"
  role = aws_iam_role.user[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "OpenASessionOnTheOwnMachine"
        Effect   = "Allow"
        Action   = "ssm:StartSession"
        Resource = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:instance/*"
        Condition = {
          StringEquals = { "ssm:resourceTag/Fleet" = var.name, "ssm:resourceTag/User" = each.key }
          # Without it the caller could leave the document out and get the account's default.
          BoolIfExists = { "ssm:SessionDocumentAccessCheck" = "true" }
        }
      },
      {
        Sid      = "WithTheFleetsDocument"
        Effect   = "Allow"
        Action   = "ssm:StartSession"
        Resource = aws_ssm_document.session.arn
      },
      {
        Sid       = "ResumeAndEndTheOwnSessions"
        Effect    = "Allow"
        Action    = ["ssm:ResumeSession", "ssm:TerminateSession"]
        Resource  = "arn:${local.partition}:ssm:${local.region}:${local.account_id}:session/*"
        Condition = { StringLike = { "ssm:resourceTag/aws:ssmmessages:session-id" = "$${aws:userid}" } }
      },
      {
        # The client opens its end of the session's data channel with the person's own credentials.
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html
        # names session/USERID-*. For a role that is ROLE_ID:SESSION_NAME, but ids of sessions begin with the
        # session name alone, so both are named.
        Sid    = "ConnectToTheOwnSessions"
        Effect = "Allow"
        Action = "ssmmessages:OpenDataChannel"
        Resource = [
          for owner in ["$${aws:userid}", each.key] : "arn:${local.partition}:ssm:${local.region}:${local.account_id}:session/${owner}-*"
        ]
      },
      {
        Sid      = "EncryptTheSession"
        Effect   = "Allow"
        Action   = "kms:GenerateDataKey"
        Resource = aws_kms_key.this.arn
      },
      {
        # The machine's id changes with every image.
        Sid    = "FindTheMachine"
        Effect = "Allow"
        Action = "ec2:DescribeInstances"
        # EC2 offers no narrower lookup; it shows names and ids.
        Resource = "*"
      },
    ]
  })
}

resource "aws_ssm_document" "session" {
  name            = "${var.name}-session"
  document_type   = "Session"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "1.0"
    description   = "A shell as an ordinary user, encrypted and logged"
    sessionType   = "Standard_Stream"
    inputs = {
      kmsKeyId                    = aws_kms_key.this.arn
      cloudWatchLogGroupName      = aws_cloudwatch_log_group.this["sessions"].name
      cloudWatchEncryptionEnabled = true
      cloudWatchStreamingEnabled  = true
      runAsEnabled                = true
      runAsDefaultUser            = "workstation"
      idleSessionTimeout          = "20"
    }
  })
}
