variable "region" {
  description = "AWS region that everything lives in."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must be written as in eu-west-1."
  }
}

variable "bucket_prefix" {
  description = "First part of the buckets' names; account, region and purpose follow, so that no two stacks clash."
  type        = string
  default     = "models"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,15}$", var.bucket_prefix))
    error_message = "The prefix must be 2 to 16 lower-case letters, digits and hyphens: account, region and -artifacts must fit into 63 as well."
  }
}

variable "image_tag" {
  description = "Tag of the image that serves version 1, as sagemaker/seed.sh prints it."
  type        = string
  default     = "1.0.0-7ee40b54"

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+-[0-9a-f]{8}$", var.image_tag))
    error_message = "A version is written as in 1.0.0-7ee40b54: the model's version and the first digits of its checksum."
  }
}

variable "jobs_tag" {
  description = "Tag of the jobs' image, as sagemaker/seed.sh prints it."
  type        = string
  default     = "jobs-1.0.0-7ee40b54"

  validation {
    condition     = can(regex("^jobs-[0-9]+\\.[0-9]+\\.[0-9]+-[0-9a-f]{8}$", var.jobs_tag))
    error_message = "The tag is written as in jobs-1.0.0-7ee40b54."
  }
}

variable "release" {
  description = "How a challenger meets requests, for instances: canary gives it a share of them, shadow a copy of each."
  type        = string
  default     = "canary"

  validation {
    condition     = contains(["canary", "shadow"], var.release)
    error_message = "A challenger is released as a canary or a shadow."
  }
}

variable "hosting" {
  description = "How the model is served: instances, serverless, or batch for transform jobs alone."
  type        = string
  default     = "instances"

  validation {
    condition     = contains(["instances", "serverless", "batch"], var.hosting)
    error_message = "A model is served on instances, serverless or by batch."
  }
}

variable "poll_seconds" {
  description = "Seconds between two looks at a pipeline that runs."
  type        = number
  default     = 60

  validation {
    condition     = var.poll_seconds >= 1 && floor(var.poll_seconds) == var.poll_seconds
    error_message = "A whole number of seconds, at least one."
  }
}

variable "cool_down_seconds" {
  description = "Seconds after a retraining in which drift starts none."
  type        = number
  default     = 86400

  validation {
    condition     = var.cool_down_seconds >= 1 && var.cool_down_seconds <= 604800
    error_message = "From one second to a week."
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
  description = "Whether buckets and repository are deleted together with what is in them."
  type        = bool
  default     = false
}
