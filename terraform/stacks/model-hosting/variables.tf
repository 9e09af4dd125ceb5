variable "region" {
  description = "AWS region of all resources."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must have the form eu-west-1."
  }
}

variable "bucket_prefix" {
  description = "Prefix of the buckets' names; the stack adds account, region and purpose, which keeps the names unique."
  type        = string
  default     = "models"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,15}$", var.bucket_prefix))
    error_message = "The prefix must be 2 to 16 lower-case letters, digits and hyphens: account, region and -artifacts must fit into 63 as well."
  }
}

variable "image_tag" {
  description = "Tag of the image of model version 1, printed by sagemaker/seed.sh."
  type        = string
  default     = "1.0.0-7ee40b54"

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+-[0-9a-f]{8}$", var.image_tag))
    error_message = "The tag must have the form 1.0.0-7ee40b54: the model's version and the first digits of its checksum."
  }
}

variable "jobs_tag" {
  description = "Tag of the jobs' image, printed by sagemaker/seed.sh."
  type        = string
  default     = "jobs-1.0.0-7ee40b54"

  validation {
    condition     = can(regex("^jobs-[0-9]+\\.[0-9]+\\.[0-9]+-[0-9a-f]{8}$", var.jobs_tag))
    error_message = "The tag must have the form jobs-1.0.0-7ee40b54."
  }
}

variable "release" {
  description = "How a challenger gets requests (instances only): canary sends it a share, shadow a copy of each request."
  type        = string
  default     = "canary"

  validation {
    condition     = contains(["canary", "shadow"], var.release)
    error_message = "The value must be canary or shadow."
  }
}

variable "hosting" {
  description = "How the model is served: instances, serverless, or batch (transform jobs only)."
  type        = string
  default     = "instances"

  validation {
    condition     = contains(["instances", "serverless", "batch"], var.hosting)
    error_message = "The value must be instances, serverless or batch."
  }
}

variable "poll_seconds" {
  description = "Seconds between two polls of a running pipeline."
  type        = number
  default     = 60

  validation {
    condition     = var.poll_seconds >= 1 && floor(var.poll_seconds) == var.poll_seconds
    error_message = "The interval must be a whole number of seconds, at least 1."
  }
}

variable "cool_down_seconds" {
  description = "Seconds after a retraining in which drift starts no other retraining."
  type        = number
  default     = 86400

  validation {
    condition     = var.cool_down_seconds >= 1 && var.cool_down_seconds <= 604800
    error_message = "The cool-down must be from one second to one week."
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
  description = "Whether the buckets and the repository are deleted with their contents."
  type        = bool
  default     = false
}
