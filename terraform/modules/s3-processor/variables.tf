variable "name" {
  description = "Name of the function and of its role, queue, key alias and alarms."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "A function's name has 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "package" {
  description = "Path of the zip file with the executable bootstrap, from scripts/package-lambda.sh."
  type        = string

  validation {
    condition     = fileexists(var.package)
    error_message = "No file exists at this path. Build the package first: scripts/package-lambda.sh."
  }
}

variable "architecture" {
  description = "Processor that the package was built for: x86_64 or arm64."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture must be x86_64 or arm64."
  }
}

variable "input_bucket" {
  description = "Name of the bucket whose new objects are processed. The module replaces the bucket's notification configuration."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.input_bucket))
    error_message = "The input bucket must be a bucket's name."
  }
}

variable "input_prefix" {
  description = "Only objects whose key starts with this are processed."
  type        = string
  default     = "incoming/"

  validation {
    condition     = can(regex("^[^/*?][^*?]*/$", var.input_prefix))
    error_message = "The prefix must end in a slash, not start with one, and hold no wildcard: it becomes part of a policy."
  }
}

variable "input_suffixes" {
  description = "Only objects whose key ends in one of these are processed."
  type        = list(string)
  default     = [".csv", ".csv.gz", ".jsonl", ".jsonl.gz"]

  validation {
    condition     = length(var.input_suffixes) > 0 && alltrue([for suffix in var.input_suffixes : can(regex("^\\.(csv|jsonl|ndjson)(\\.gz)?$", suffix))])
    error_message = "The function reads .csv, .jsonl and .ndjson, each with .gz or without; name at least one."
  }
}

variable "input_kms_key_arn" {
  description = "ARN of the KMS key of the input bucket; null for SSE-S3."
  type        = string
  default     = null

  validation {
    condition     = var.input_kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.input_kms_key_arn))
    error_message = "The key must be given by its ARN, not by an alias: IAM policies accept key ARNs only."
  }
}

variable "results_bucket" {
  description = "Name of the bucket to create for the results; globally unique."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.results_bucket))
    error_message = "The results bucket must be a bucket's name."
  }
  validation {
    condition     = var.results_bucket != var.input_bucket
    error_message = "The results bucket must not be the input bucket: results there would start the function again."
  }
}

variable "output_compression" {
  description = "How accepted and rejected rows are written: none or gzip."
  type        = string
  default     = "gzip"

  validation {
    condition     = contains(["none", "gzip"], var.output_compression)
    error_message = "The compression must be none or gzip."
  }
}

variable "memory_size" {
  description = "Memory in MB. The function needs 64; CPU share grows with memory, and 1,769 MB gives one vCPU."
  type        = number
  default     = 512

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "The memory must be a whole number from 128 to 10,240 MB."
  }
}

variable "timeout_seconds" {
  description = "Seconds that one invocation may take."
  type        = number
  default     = 300

  validation {
    condition     = var.timeout_seconds >= 10 && var.timeout_seconds <= 900 && floor(var.timeout_seconds) == var.timeout_seconds
    error_message = "The time-out must be a whole number from 10 to 900 seconds: the function needs time to clean up, and Lambda allows at most 900."
  }
}

variable "reserved_concurrency" {
  description = "Maximum number of objects processed at the same time (reserved concurrency); null for the account's limit."
  type        = number
  default     = null

  validation {
    condition     = var.reserved_concurrency == null ? true : var.reserved_concurrency >= 1 && floor(var.reserved_concurrency) == var.reserved_concurrency
    error_message = "The number must be a whole number of 1 or more, or null: 0 disables the function."
  }
}

variable "log_retention_days" {
  description = "Days that the function's logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "The period must be one that CloudWatch Logs supports, for example 30, 90 or 365 days."
  }
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic for alarms; null for alarms without notifications."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:.+$", var.alarm_topic_arn))
    error_message = "The topic must be given by its ARN."
  }
}

variable "force_destroy" {
  description = "Whether the results bucket is deleted with the results in it."
  type        = bool
  default     = false
}
