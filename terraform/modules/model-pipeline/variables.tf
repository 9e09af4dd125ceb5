variable "name" {
  description = "Name of the model: of its pipeline, repository and model package group, and prefix of everything else."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "artifacts_bucket" {
  description = "Name of the bucket to make for claims, models and reports."
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
  description = "Ids of the private subnets that jobs run in; a job anywhere else is refused."
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
    condition     = var.cool_down_seconds >= 1 && var.cool_down_seconds <= 604800 && floor(var.cool_down_seconds) == var.cool_down_seconds
    error_message = "A whole number of seconds up to a week: after two weeks the state machine ends, and its lock with it."
  }
}

variable "log_retention_days" {
  description = "Days that logs of retraining are kept; one of the periods CloudWatch Logs knows."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "CloudWatch Logs knows 30, 60, 90, 120, 150, 180, 365, 400, 545 and 731 days in this range; 0 would keep logs for ever."
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
  description = "Whether bucket and repository are deleted together with what is in them."
  type        = bool
  default     = false
}
