locals {
  account_arn = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}"
  own_user    = "${local.account_arn}:user/$${aws:username}"
  own_device  = "${local.account_arn}:mfa/$${aws:username}"

  # Actions that a user needs before an MFA device exists. Removing a
  # device is not among them: a stolen password could then undo the requirement. Adding
  # another device is: see README.md.
  enrolment_actions = [
    "iam:ChangePassword",
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetAccountPasswordPolicy",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
  ]

  mfa_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "SeeThePasswordRules"
        Effect = "Allow"
        Action = "iam:GetAccountPasswordPolicy"
        # The account's policy is not a resource, so a star is the only thing AWS accepts.
        Resource = "*"
      },
      {
        Sid    = "KeepOwnPasswordAndDevice"
        Effect = "Allow"
        Action = [
          "iam:ChangePassword",
          "iam:EnableMFADevice",
          "iam:GetUser",
          "iam:ListMFADevices",
          "iam:ResyncMFADevice",
        ]
        Resource = local.own_user
      },
      {
        Sid      = "MakeOwnDevice"
        Effect   = "Allow"
        Action   = "iam:CreateVirtualMFADevice"
        Resource = local.own_device
      },
      {
        # IfExists: requests signed with an access key do not have this key,
        # and plain Bool would allow them.
        Sid       = "NothingElseWithoutMfa"
        Effect    = "Deny"
        NotAction = local.enrolment_actions
        Resource  = "*"
        Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }
      },
    ]
  })
}
