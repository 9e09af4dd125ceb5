variable "region" {
  description = "AWS region of all resources."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must have the form eu-west-1."
  }
}

variable "reader_account_id" {
  description = "Id of the other account that may read the private bucket, as a string: a number loses its leading zeros."
  type        = string
  default     = "001234567890"

  validation {
    condition     = can(regex("^[0-9]{12}$", var.reader_account_id))
    error_message = "An account id is a string of exactly 12 digits. Write it in quotes: as a number it loses its leading zeros."
  }
}

variable "bucket_prefix" {
  description = "Prefix of the buckets' names; the stack adds account and region, which keeps the names unique."
  type        = string
  default     = "workbench"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,17}$", var.bucket_prefix))
    error_message = "The prefix must be 2 to 18 lower-case letters, digits and hyphens: account, region and -private must fit into 63 as well."
  }
}

variable "deletion_protection" {
  description = "Whether the instance and the cluster refuse to be deleted."
  type        = bool
  default     = true
}

variable "skip_final_snapshot" {
  description = "Whether the cluster is deleted without a last snapshot."
  type        = bool
  default     = false
}

variable "force_destroy" {
  description = "Whether the buckets are deleted with the objects in them."
  type        = bool
  default     = false
}
