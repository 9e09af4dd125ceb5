variable "name" {
  description = "Name of the model's pipeline, repository and model package group, and prefix of all other names."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "artifacts_bucket" {
  description = "Name of the bucket to create for claims, models and reports."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.artifacts_bucket))
    error_message = "The bucket's name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that jobs run in."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The VPC must be given by its id, for example vpc-0123456789abcdef0."
  }
}

variable "subnet_ids" {
  description = "Ids of the private subnets for jobs; the policies deny a job in any other subnet."
  type        = set(string)

  validation {
    condition     = length(var.subnet_ids) >= 1 && alltrue([for id in var.subnet_ids : startswith(id, "subnet-")])
    error_message = "Name at least one subnet, each by its id, for example subnet-0123456789abcdef0."
  }
}

variable "endpoint_security_group_id" {
  description = "Id of the security group of the VPC's interface endpoints."
  type        = string

  validation {
    condition     = startswith(var.endpoint_security_group_id, "sg-")
    error_message = "The security group must be given by its id, for example sg-0123456789abcdef0."
  }
}

variable "s3_prefix_list_id" {
  description = "Id of the prefix list of S3 in this region."
  type        = string

  validation {
    condition     = startswith(var.s3_prefix_list_id, "pl-")
    error_message = "The prefix list must be given by its id, for example pl-6da54004."
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
    condition     = var.cool_down_seconds >= 1 && var.cool_down_seconds <= 604800 && floor(var.cool_down_seconds) == var.cool_down_seconds
    error_message = "The cool-down must be a whole number of seconds, at most one week: the state machine and its lock end after two weeks."
  }
}

variable "log_retention_days" {
  description = "Days that logs of retraining are kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
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
  description = "Whether the bucket and the repository are deleted with their contents."
  type        = bool
  default     = false
}
