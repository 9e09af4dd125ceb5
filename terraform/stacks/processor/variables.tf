variable "region" {
  description = "AWS region of all resources."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must have the form eu-west-1."
  }
}

variable "package" {
  description = "Path of the zip file with the function, from scripts/package-lambda.sh."
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

variable "bucket_prefix" {
  description = "Prefix of the buckets' names; the stack adds account, region and purpose, which keeps the names unique."
  type        = string
  default     = "claims"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,17}$", var.bucket_prefix))
    error_message = "The prefix must be 2 to 18 lower-case letters, digits and hyphens: account, region and -results must fit into 63 as well."
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
  description = "Whether the buckets are deleted with the objects in them."
  type        = bool
  default     = false
}
