variable "name" {
  description = "Name of the group."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", var.name))
    error_message = "A group's name is 1 to 128 letters, digits and the signs + = , . @ _ -."
  }
}

variable "users" {
  description = "Names of the users to create; they become the group's only members."
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
    error_message = "Two user names differ only in case, and IAM treats them as the same name."
  }
}

variable "managed_policy_arns" {
  description = "ARNs of managed policies to attach to the group; they take effect with MFA only."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.managed_policy_arns : can(regex("^arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/.+$", arn))])
    error_message = "A managed policy is given by its ARN, for example arn:aws:iam::aws:policy/ReadOnlyAccess."
  }

  validation {
    condition     = !anytrue([for arn in var.managed_policy_arns : endswith(arn, ":policy/AdministratorAccess")])
    error_message = "AdministratorAccess is not allowed for the group: an administrator could remove the MFA requirement."
  }
}

variable "force_destroy" {
  description = "Whether a user is deleted with access keys, MFA devices and a password that were created outside Terraform."
  type        = bool
  default     = false
}
