variable "region" {
  description = "AWS region that everything lives in."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must be written as in eu-west-1."
  }
}

variable "max_retries" {
  description = "Times the provider repeats a failed request: 25 rides out throttling, 2 keeps an emulator's error from hanging."
  type        = number
  default     = 25

  validation {
    condition     = var.max_retries >= 0 && floor(var.max_retries) == var.max_retries
    error_message = "Requests are repeated a whole number of times."
  }
}

variable "users" {
  description = "Who gets a machine, by user id; uid is the number that owns the user's folder in /workspaces, never given to another user; first_wave says that a new image comes to this machine before the others."
  type = map(object({
    uid           = number
    first_wave    = optional(bool, false)
    instance_type = optional(string, "t3.medium")
  }))
  default = {
    analyst-1 = { uid = 2001, first_wave = true }
    analyst-2 = { uid = 2002 }
    analyst-3 = { uid = 2003 }
  }

  validation {
    condition     = length(distinct([for user in values(var.users) : user.uid])) == length(var.users)
    error_message = "Two users have the same uid: each could read the other's folder in /workspaces."
  }
}

variable "is_emulated" {
  description = "Whether this goes to the emulator, which has neither Image Builder nor EFS backups: machines then start from Amazon's image."
  type        = bool
  default     = false
}

variable "rollout" {
  description = "Size of a batch, and how long the rollout waits: seconds between looks, minutes for one machine, seconds after each batch."
  type = object({
    batch_size          = optional(number, 20)
    poll_seconds        = optional(number, 15)
    replacement_minutes = optional(number, 20)
    soak_seconds        = optional(number, 600)
  })
  default = {}
}

variable "force_destroy" {
  description = "Whether the bucket with the image's source is deleted together with the files in it."
  type        = bool
  default     = false
}
