variable "name" {
  description = "Prefix of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "fleet_name" {
  description = "Value of the tag Fleet on the fleet's groups and launch templates."
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

variable "groups" {
  description = "Names of the fleet's Auto Scaling groups (one machine each), by wave: groups in first get a new image before those in rest."
  type = object({
    first = list(string)
    rest  = list(string)
  })

  validation {
    condition     = length(var.groups.first) > 0 && length(setintersection(var.groups.first, var.groups.rest)) == 0
    error_message = "At least one group must be in the first wave, and no group in both."
  }
}

variable "image_tag" {
  description = "Tag that the image pipeline sets on its images; the rollout rejects an image without it or from another account."
  type = object({
    key   = string
    value = string
  })

  validation {
    condition     = length(var.image_tag.key) > 0 && length(var.image_tag.value) > 0 && !strcontains("${var.image_tag.key}${var.image_tag.value}", "*")
    error_message = "The tag must have a key and a value without a star: DescribeImages filters by the value, and a star matches everything."
  }
}

variable "subnet_ids" {
  description = "Ids of the subnets that the fleet's machines start in; the rollout may use no other."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0 && alltrue([for id in var.subnet_ids : startswith(id, "subnet-")])
    error_message = "At least one subnet is needed, each by its id, which begins with subnet-."
  }
}

variable "security_group_id" {
  description = "Id of the machines' security group; the rollout may use no other."
  type        = string

  validation {
    condition     = startswith(var.security_group_id, "sg-")
    error_message = "The security group must be given by its id, which begins with sg-."
  }
}

variable "email" {
  description = "E-mail address for alarms and rejected images; SNS sends it a link to confirm the subscription."
  type        = string

  validation {
    condition     = can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", var.email))
    error_message = "The address must be like platform@example.com."
  }
}

variable "machine_role_arn_pattern" {
  description = "ARN pattern of the machines' roles; the rollout may pass only these roles."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*]{2,}", var.machine_role_arn_pattern))
    error_message = "The pattern must be an IAM role ARN whose name part is more than a star."
  }
}

variable "alarm_names" {
  description = "Names of the 1 to 10 CloudWatch alarms that stop a rollout and roll it back."
  type        = list(string)

  validation {
    condition     = length(var.alarm_names) >= 1 && length(var.alarm_names) <= 10
    error_message = "Name 1 to 10 alarms: without an alarm the rollout cannot detect a failure, and an instance refresh accepts at most 10."
  }
}

variable "reported_alarm_names" {
  description = "Names of other CloudWatch alarms that may publish to the topic; they do not stop a rollout."
  type        = list(string)
  default     = []
}

variable "batch_size" {
  description = "Machines that are replaced at the same time."
  type        = number
  default     = 20

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 100 && floor(var.batch_size) == var.batch_size
    error_message = "The number must be from 1 to 100: AWS throttles more calls at the same time."
  }
}

variable "poll_seconds" {
  description = "Seconds between two polls of an instance refresh and of alarms that still fire."
  type        = number
  default     = 15

  validation {
    condition     = var.poll_seconds >= 1 && var.poll_seconds <= 300
    error_message = "The interval must be from 1 to 300 seconds."
  }
}

variable "soak_seconds" {
  description = "Seconds that a new machine must be in service without an alarm before its group counts as updated; choose a longer time than the alarms need to fire."
  type        = number
  default     = 600

  validation {
    condition     = var.soak_seconds >= 1 && var.soak_seconds <= 86400
    error_message = "The soak time must be from 1 second to one day."
  }
}

variable "reconcile_schedule" {
  description = "When the rollout also starts without an event, to update machines on an old image: EventBridge delivers the events on a best-effort basis."
  type        = string
  default     = "rate(1 day)"

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.reconcile_schedule))
    error_message = "The schedule must be rate(…) or cron(…), for example rate(1 day)."
  }
}

variable "log_retention_days" {
  description = "Days that the rollouts' logs are kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
  }
}
