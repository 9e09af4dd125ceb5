variable "name" {
  description = "Name of the state machine and of its role, key alias, inventory and log group."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}$", var.name))
    error_message = "The name must be 2 to 63 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "function_arn" {
  description = "ARN of the function that processes S3 events."
  type        = string

  validation {
    condition     = can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[^:*]+$", var.function_arn))
    error_message = "The function must be given by its ARN, without a version."
  }
}

variable "input_bucket" {
  description = "Name of the bucket whose objects are processed, with versioning enabled, in the state machine's account and region."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.input_bucket))
    error_message = "The input bucket must be given by its name."
  }
}

variable "input_prefix" {
  description = "Only objects whose key starts with this are processed."
  type        = string
  default     = "incoming/"

  validation {
    condition     = can(regex("^[A-Za-z0-9!_.*'()/-]+/$", var.input_prefix))
    error_message = "The prefix must end in a slash."
  }
}

variable "input_suffixes" {
  description = "Only objects whose key ends in one of these are processed."
  type        = list(string)
  default     = [".csv", ".csv.gz", ".jsonl", ".jsonl.gz"]

  validation {
    # Keys are compared as the inventory writes them, URL-encoded.
    condition     = length(var.input_suffixes) > 0 && alltrue([for suffix in var.input_suffixes : can(regex("^[.][A-Za-z0-9._-]+$", suffix))])
    error_message = "A suffix is a dot and letters, digits, dots, hyphens or underscores; at least one is needed."
  }
}

variable "bucket" {
  description = "Name of the bucket to create for inventories and runs; globally unique."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "The name must be 3 to 63 lower-case letters, digits and hyphens."
  }
  validation {
    condition     = var.bucket != var.input_bucket
    error_message = "The bucket must not be the input bucket: the module would replace that bucket's policy and lifecycle rules."
  }
}

variable "max_concurrency" {
  description = "Number of objects processed at the same time. New objects use the same Lambda concurrency, so leave some for them."
  type        = number
  default     = 50

  validation {
    condition     = var.max_concurrency >= 1 && var.max_concurrency <= 10000 && floor(var.max_concurrency) == var.max_concurrency
    error_message = "The number must be from 1 to 10,000; Step Functions reads 0 as no limit."
  }
}

variable "max_object_bytes" {
  description = "Size limit in bytes; the run skips larger objects and reports each as failed, see README: Largest object."
  type        = number
  default     = 100000000

  validation {
    condition     = var.max_object_bytes >= 1 && floor(var.max_object_bytes) == var.max_object_bytes
    error_message = "The limit must be a whole number of bytes."
  }
}

variable "tolerated_failure_percentage" {
  description = "Percentage of objects that may fail before the run stops. A run with any failed object ends as failed."
  type        = number
  default     = 1

  validation {
    condition     = var.tolerated_failure_percentage >= 0 && var.tolerated_failure_percentage < 100
    error_message = "The percentage must be from 0 up to, but not including, 100: at 100, a missing permission fails every object of a run."
  }
}

variable "log_retention_days" {
  description = "Days that the state machine's logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "The period must be one that CloudWatch Logs supports, for example 30, 90 or 365 days."
  }
}

variable "force_destroy" {
  description = "Whether the bucket is deleted with the inventories and runs in it."
  type        = bool
  default     = false
}
