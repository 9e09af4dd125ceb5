variable "region" {
  description = "AWS region of all resources."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must have the form eu-west-1."
  }
}

variable "users" {
  description = "Users with a machine, by user id. first_wave: this machine gets a new image before the others. uid: numeric user id on machines and file systems; the default is computed from the user id."
  type = map(object({
    first_wave    = optional(bool, false)
    instance_type = optional(string, "g4dn.xlarge")
    uid           = optional(number)
  }))
  default = {
    analyst-1 = { first_wave = true }
    analyst-2 = {}
    analyst-3 = {}
  }
}

variable "alert_email" {
  description = "E-mail address for alarms and rejected images; it must confirm the subscription."
  type        = string
}

variable "github_repository" {
  description = "GitHub repository whose main branch publishes images, as written in its OIDC tokens: OWNER/NAME, or OWNER-ID/NAME-ID if it was created or renamed after 18 June 2026."
  type        = string
}

variable "package_mirror" {
  description = "Signed APT repository for image builds, reachable through the S3 endpoint: URL and SHA-256 of its public key."
  type = object({
    url        = string
    key_sha256 = string
  })
  nullable = false
}

variable "rollout" {
  description = "Number of machines replaced at the same time, seconds between two polls, and soak time of a new machine in seconds."
  type = object({
    batch_size   = optional(number, 20)
    poll_seconds = optional(number, 15)
    soak_seconds = optional(number, 600)
  })
  default = {}
}

variable "force_destroy" {
  description = "Whether the bucket with the image's source is deleted together with the files in it."
  type        = bool
  default     = false
}
