variable "image_name" {
  description = "Name of the golden-image module whose pipeline is started."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.image_name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

# https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens
variable "repository" {
  description = "GitHub repository as written in its OIDC tokens: OWNER/NAME, or OWNER-ID/NAME-ID if it was created or renamed after 18 June 2026."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "The repository must be OWNER/NAME without a wildcard: no other repository may start the pipeline."
  }
}

variable "provider_arn" {
  description = "ARN of the account's OpenID Connect provider token.actions.githubusercontent.com."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.provider_arn))
    error_message = "The provider must be GitHub's: arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com."
  }
}
