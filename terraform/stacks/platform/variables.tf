variable "region" {
  description = "AWS region that everything lives in."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must be written as in eu-west-1."
  }
}

variable "users" {
  description = "Who gets a machine, by user id; first_wave says that a new image comes to this machine before the others. uid is the user's number on machines and file systems, by default one that follows from the user id."
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
  description = "E-mail address that alarms and refused images are reported to; it must confirm the subscription."
  type        = string
}

variable "github_repository" {
  description = "GitHub repository whose main branch publishes images, as its tokens name it: OWNER/NAME, or OWNER-ID/NAME-ID where it was made or renamed after 18 June 2026."
  type        = string
}

variable "package_mirror" {
  description = "Signed APT repository that images install from, reached through the S3 endpoint: its URL and the SHA-256 of its public key."
  type = object({
    url        = string
    key_sha256 = string
  })
  nullable = false
}

variable "rollout" {
  description = "Machines that are replaced at the same time, and how long the rollout waits: seconds between looks, seconds that a new machine soaks."
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
