data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# harness:ignore AWS-0123 the policy demand-mfa denies everything but enrolment without MFA; the scanner reads data sources only
resource "aws_iam_group" "this" {
  name = var.name
}

# No access key and no password: Terraform would write both into its state. An
# administrator gives the first password, and the user changes it and enrols MFA.
resource "aws_iam_user" "this" {
  for_each = var.users

  name          = each.key
  force_destroy = var.force_destroy
}

# Exclusive: the next apply removes members that were added by hand.
resource "aws_iam_group_membership" "this" {
  name  = var.name
  group = aws_iam_group.this.name
  users = [for user in aws_iam_user.this : user.name]
}

resource "aws_iam_group_policy" "mfa" {
  name   = "demand-mfa"
  group  = aws_iam_group.this.name
  policy = local.mfa_policy
}

resource "aws_iam_group_policy_attachment" "this" {
  for_each = var.managed_policy_arns

  group      = aws_iam_group.this.name
  policy_arn = each.key
}
