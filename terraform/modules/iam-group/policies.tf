locals {
  account_arn = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}"
  own_user    = "${local.account_arn}:user/$${aws:username}"
  own_device  = "${local.account_arn}:mfa/$${aws:username}"

  # What a user must be able to do before there is an MFA device to show. Taking a
  # device away is not among it: a stolen password could then undo the demand. Adding
  # one beside it is: see README.md.
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
        # IfExists: requests signed with an access key carry no such value at all,
        # and plain Bool would let them through.
        Sid       = "NothingElseWithoutMfa"
        Effect    = "Deny"
        NotAction = local.enrolment_actions
        Resource  = "*"
        Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }
      },
    ]
  })
}
