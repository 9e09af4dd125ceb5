variable "region" {
  description = "AWS region that everything lives in."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must be written as in eu-west-1."
  }
}

variable "package" {
  description = "Path of the zip with the function, as scripts/package-lambda.sh makes it."
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

variable "bucket_prefix" {
  description = "First part of the buckets' names; account, region and purpose follow, so that no two stacks clash."
  type        = string
  default     = "claims"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,17}$", var.bucket_prefix))
    error_message = "The prefix must be 2 to 18 lower-case letters, digits and hyphens: account, region and -results must fit into 63 as well."
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
  description = "Whether the buckets are deleted together with the objects in them."
  type        = bool
  default     = false
}
