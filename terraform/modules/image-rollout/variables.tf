variable "name" {
  description = "Prefix of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "fleet_name" {
  description = "Value of the tag Fleet that groups and launch templates of the fleet carry."
  type        = string
}

variable "image_parameter_name" {
  description = "Name of the SSM parameter with the id of the image that the fleet should run."
  type        = string

  validation {
    condition     = startswith(var.image_parameter_name, "/")
    error_message = "The parameter must be given by its full name, which begins with a slash."
  }
}

variable "first_good_image_id" {
  description = "Id of the image that the first rollout goes back to when it fails; later ones go back to the last that succeeded."
  type        = string

  validation {
    condition     = can(regex("^ami-([0-9a-f]{8}|[0-9a-f]{17})$", var.first_good_image_id))
    error_message = "The image must be given by its id: ami- and 8 or 17 hexadecimal digits."
  }
}

variable "machine_role_arn_pattern" {
  description = "Pattern of the roles that machines carry; the rollout may pass these and no other."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*]{2,}", var.machine_role_arn_pattern))
    error_message = "The pattern must be an ARN of roles and say more of their names than a star."
  }
}

variable "alarm_names" {
  description = "Names of the CloudWatch alarms that stop a rollout and take it back; 1 to 100."
  type        = list(string)

  validation {
    condition     = length(var.alarm_names) >= 1 && length(var.alarm_names) <= 100
    error_message = "At least one alarm is needed: without any, a sick fleet looks like a healthy one. One request asks for 100 at most."
  }
}

variable "batch_size" {
  description = "Machines that are replaced at the same time."
  type        = number
  default     = 20

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 100 && floor(var.batch_size) == var.batch_size
    error_message = "A batch is 1 to 100 machines: one page of DescribeAutoScalingGroups."
  }
}

variable "poll_seconds" {
  description = "Seconds between two looks at a machine that is being replaced."
  type        = number
  default     = 15

  validation {
    condition     = var.poll_seconds >= 1 && var.poll_seconds <= 300
    error_message = "Look every 1 to 300 seconds."
  }
}

variable "replacement_minutes" {
  description = "Minutes that a replaced machine may take to become healthy before its image is refused."
  type        = number
  default     = 20

  validation {
    condition     = var.replacement_minutes > 0 && var.replacement_minutes <= 240
    error_message = "A machine may take up to 240 minutes."
  }
}

variable "soak_seconds" {
  description = "Seconds to wait after each batch before the alarms are asked; longer than the alarms need to fire."
  type        = number
  default     = 600

  validation {
    condition     = var.soak_seconds >= 1 && var.soak_seconds <= 86400
    error_message = "Wait 1 second to a day after each batch."
  }
}

variable "reconcile_schedule" {
  description = "When the rollout looks by itself whether a machine is behind: EventBridge promises no event more than its best effort."
  type        = string
  default     = "rate(1 day)"

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.reconcile_schedule))
    error_message = "The schedule must be rate(…) or cron(…), for example rate(1 day)."
  }
}

variable "log_retention_days" {
  description = "Days that the rollouts' logs are kept; one of the periods CloudWatch Logs knows."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "CloudWatch Logs knows 30, 60, 90, 120, 150, 180, 365, 400, 545 and 731 days in this range; 0 would keep logs for ever."
  }
}
