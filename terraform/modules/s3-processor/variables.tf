variable "name" {
  description = "Name of the function; its role, queue, key alias and alarms carry it too."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "A function's name has 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "package" {
  description = "Path of the zip with the executable bootstrap, as scripts/package-lambda.sh makes it."
  type        = string

  validation {
    condition     = fileexists(var.package)
    error_message = "There is no file at this path. Make the package first: scripts/package-lambda.sh."
  }
}

variable "architecture" {
  description = "Processor that the package was built for: x86_64 or arm64."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Lambda has the architectures x86_64 and arm64."
  }
}

variable "input_bucket" {
  description = "Name of the bucket whose new objects are processed. Its notifications become this module's."
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
  description = "ARN of the key that encrypts the input bucket; null where S3's own keys do."
  type        = string
  default     = null

  validation {
    condition     = var.input_kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.input_kms_key_arn))
    error_message = "The key must be given by its ARN, not by an alias: policies know keys only."
  }
}

variable "results_bucket" {
  description = "Name of the bucket that is made for the results, unique in the world."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.results_bucket))
    error_message = "The results bucket must be a bucket's name."
  }
  validation {
    condition     = var.results_bucket != var.input_bucket
    error_message = "Results in the input bucket would call the function again: choose another bucket."
  }
}

variable "output_compression" {
  description = "How accepted and rejected rows are written: none or gzip."
  type        = string
  default     = "gzip"

  validation {
    condition     = contains(["none", "gzip"], var.output_compression)
    error_message = "Results are written with compression none or gzip."
  }
}

variable "memory_size" {
  description = "Memory in MB. The function needs 64; processor time grows with memory, one whole processor at 1,769 MB."
  type        = number
  default     = 512

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "Lambda gives 128 to 10,240 MB, whole ones."
  }
}

variable "timeout_seconds" {
  description = "Seconds that one invocation may take."
  type        = number
  default     = 300

  validation {
    condition     = var.timeout_seconds >= 10 && var.timeout_seconds <= 900 && floor(var.timeout_seconds) == var.timeout_seconds
    error_message = "An invocation gets 10 to 900 whole seconds: less leaves no time to tidy up, more Lambda does not give."
  }
}

variable "reserved_concurrency" {
  description = "How many objects are processed at a time, at most; null for as many as the account allows."
  type        = number
  default     = null

  validation {
    condition     = var.reserved_concurrency == null ? true : var.reserved_concurrency >= 1 && floor(var.reserved_concurrency) == var.reserved_concurrency
    error_message = "Reserve a whole number of 1 or more, or null for none: 0 switches the function off."
  }
}

variable "log_retention_days" {
  description = "Days that the function's logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch Logs keeps logs for one of the numbers of days that it knows, such as 30, 90 or 365."
  }
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms go to; null for alarms that only show."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:.+$", var.alarm_topic_arn))
    error_message = "The topic must be given by its ARN."
  }
}

variable "force_destroy" {
  description = "Whether the results bucket is deleted together with the results in it."
  type        = bool
  default     = false
}
