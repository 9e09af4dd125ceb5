variable "name" {
  description = "Name of the group."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", var.name))
    error_message = "A group's name is 1 to 128 letters, digits and the signs + = , . @ _ -."
  }
}

variable "users" {
  description = "Names of the users, who are created and made the group's only members."
  type        = set(string)

  validation {
    condition     = length(var.users) > 0
    error_message = "The group needs at least one user."
  }

  validation {
    condition     = alltrue([for user in var.users : can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", user))])
    error_message = "A user's name is 1 to 64 letters, digits and the signs + = , . @ _ -."
  }

  validation {
    condition     = length(distinct([for user in var.users : lower(user)])) == length(var.users)
    error_message = "IAM does not tell names apart by their case: two of the users are one."
  }
}

variable "managed_policy_arns" {
  description = "ARNs of managed policies that the group gets as well; they take effect with MFA only."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.managed_policy_arns : can(regex("^arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/.+$", arn))])
    error_message = "A managed policy is given by its ARN, for example arn:aws:iam::aws:policy/ReadOnlyAccess."
  }

  validation {
    condition     = !anytrue([for arn in var.managed_policy_arns : endswith(arn, ":policy/AdministratorAccess")])
    error_message = "AdministratorAccess is not a group's permission: an administrator could lift the demand for MFA."
  }
}

variable "force_destroy" {
  description = "Whether a user is deleted together with access keys, MFA devices and password made outside Terraform."
  type        = bool
  default     = false
}
