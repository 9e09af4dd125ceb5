variable "name_prefix" {
  description = "Prefix of both buckets' names, globally unique; the module adds -public and -private."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,53}[a-z0-9]$", var.name_prefix))
    error_message = "The prefix must be 3 to 55 lower-case letters, digits and hyphens, and begin and end with a letter or digit."
  }
}

variable "reader_account_id" {
  description = "Id of the other account that may read the private bucket, as a string: a number loses its leading zeros."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.reader_account_id))
    error_message = "An account id is a string of exactly 12 digits. Write it in quotes: as a number it loses its leading zeros."
  }
}

variable "noncurrent_version_days" {
  description = "Days that overwritten and deleted object versions are kept."
  type        = number
  default     = 90

  validation {
    condition     = var.noncurrent_version_days >= 1 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "Old versions are kept for a whole number of days, at least 1."
  }
}

variable "access_log_bucket" {
  description = "Name of a bucket outside the pair that takes both buckets' access logs; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket))
    error_message = "The access log bucket must be a bucket's name or null."
  }
}

variable "force_destroy" {
  description = "Whether a bucket is deleted with the objects in it."
  type        = bool
  default     = false
}
