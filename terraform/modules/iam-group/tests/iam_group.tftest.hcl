mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  name  = "team"
  users = ["vera", "chuck", "dave"]
}

run "the_group_has_exactly_its_users" {
  command = plan

  assert {
    condition     = toset(keys(aws_iam_user.this)) == toset(["vera", "chuck", "dave"])
    error_message = "Every user must be created."
  }
  assert {
    condition     = aws_iam_group_membership.this.users == toset(["vera", "chuck", "dave"]) && aws_iam_group_membership.this.group == "team"
    error_message = "Every user must be a member of the group, and nobody else."
  }
}

run "without_mfa_everything_but_enrolment_is_denied" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_iam_group_policy.mfa.policy).Statement :
      { resource = statement.Resource, condition = statement.Condition.BoolIfExists["aws:MultiFactorAuthPresent"] } if statement.Effect == "Deny"
    ] == [{ resource = "*", condition = "false" }]
    error_message = "The policy must deny everything without MFA, also where the request says nothing of it."
  }
  assert {
    condition = length(setsubtract(
      flatten([for statement in jsondecode(aws_iam_group_policy.mfa.policy).Statement : statement.NotAction if statement.Effect == "Deny"]),
      ["iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetAccountPasswordPolicy", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken"]
    )) == 0
    error_message = "Nothing but enrolment may be spared from the demand for MFA."
  }
}

run "users_manage_themselves_only" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_group_policy.mfa.policy).Statement :
      statement.Sid == "SeeThePasswordRules" || endswith(statement.Resource, "/$${aws:username}") if statement.Effect == "Allow"
    ])
    error_message = "A user may touch nobody's password or device but the own."
  }
}

run "managed_policies_are_attached_to_the_group" {
  command = plan
  variables {
    managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  }
  assert {
    condition     = keys(aws_iam_group_policy_attachment.this) == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    error_message = "The managed policy must be attached."
  }
}

run "a_group_without_users_is_refused" {
  command = plan
  variables {
    users = []
  }
  expect_failures = [var.users]
}

run "a_user_with_a_space_is_refused" {
  command = plan
  variables {
    users = ["vera chuck"]
  }
  expect_failures = [var.users]
}

run "one_user_in_two_spellings_is_refused" {
  command = plan
  variables {
    users = ["vera", "Vera"]
  }
  expect_failures = [var.users]
}

run "a_group_with_a_slash_is_refused" {
  command = plan
  variables {
    name = "team/a"
  }
  expect_failures = [var.name]
}

run "a_policy_by_name_is_refused" {
  command = plan
  variables {
    managed_policy_arns = ["ReadOnlyAccess"]
  }
  expect_failures = [var.managed_policy_arns]
}

run "administrator_access_is_refused" {
  command = plan
  variables {
    managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]
  }
  expect_failures = [var.managed_policy_arns]
}
