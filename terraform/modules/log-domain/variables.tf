variable "name" {
  description = "Name of the domain and of its resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,27}$", var.name))
    error_message = "The name must be 3 to 28 lower-case letters, digits and hyphens, and begin with a letter: OpenSearch Service accepts no other name."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that the domain is in."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The VPC must be given by its id, which begins with vpc-."
  }
}

variable "subnet_ids" {
  description = "Ids of three private subnets, by availability zone; each gets one node."
  type        = map(string)

  validation {
    condition     = length(var.subnet_ids) == 3 && alltrue([for id in values(var.subnet_ids) : startswith(id, "subnet-")])
    error_message = "Three subnets are needed, one in each zone, each by its id, which begins with subnet-."
  }
}

variable "client_security_group_ids" {
  description = "Ids of the security groups that may reach the domain, by the name of the client; the module opens HTTPS on both sides."
  type        = map(string)

  validation {
    condition     = length(var.client_security_group_ids) > 0 && alltrue([for id in values(var.client_security_group_ids) : startswith(id, "sg-")])
    error_message = "Name at least one security group by its id, which begins with sg-."
  }
}

variable "index" {
  description = "Prefix of the index names; senders add the week, for example workstations-2026.49."
  type        = string
  default     = "workstations"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,30}$", var.index))
    error_message = "The index must be 2 to 31 lower-case letters and digits, and begin with a letter."
  }
}

variable "writer_role_arns" {
  description = "ARNs of the roles that may send lines by bulk requests only."
  type        = list(string)

  validation {
    condition     = length(var.writer_role_arns) > 0 && alltrue([for arn in var.writer_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "Name at least one role by its ARN, without a star."
  }
}

variable "lifecycle_role_arn" {
  description = "ARN of the role that sets the lifecycle of the indexes; it can neither read nor write lines."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*]+$", var.lifecycle_role_arn))
    error_message = "The role must be given by its ARN, without a star."
  }
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic for alarms."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.alarm_topic_arn))
    error_message = "The topic must be given by its ARN: an alarm without a receiver reaches nobody."
  }
}

variable "engine_version" {
  description = "Version of OpenSearch, as in OpenSearch_2.19."
  type        = string
  default     = "OpenSearch_2.19"

  validation {
    condition     = can(regex("^OpenSearch_[2-9]\\.[0-9]+$", var.engine_version))
    error_message = "The version must be OpenSearch 2 or later, for example OpenSearch_2.19."
  }
}

variable "instance_type" {
  description = "Type of the three nodes. T types are not for production."
  type        = string
  default     = "m7g.medium.search"

  validation {
    condition     = can(regex("^[a-su-z][a-z0-9]*\\.[a-z0-9]+\\.search$", var.instance_type))
    error_message = "The type must end with .search and not be a T type, for example m7g.medium.search."
  }
}

variable "volume_gib" {
  description = "Size of each node's disk in GiB; about a third of the total is usable, after one replica and OpenSearch's reserves."
  type        = number
  default     = 50

  validation {
    condition     = var.volume_gib >= 10 && var.volume_gib <= 768 && floor(var.volume_gib) == var.volume_gib
    error_message = "The disk must be a whole number of GiB from 10 to 768, the limit of an m7g.medium.search node."
  }
}

variable "retention_days" {
  description = "Minimum number of days that a line can be searched; indexes are deleted a week at a time."
  type        = number
  default     = 90

  validation {
    condition     = var.retention_days >= 7 && var.retention_days <= 365 && floor(var.retention_days) == var.retention_days
    error_message = "Lines are kept for a whole number of days from 7 to 365: 53 weeks are 106 shards, which three small nodes can hold."
  }
}

variable "log_retention_days" {
  description = "Days that the domain's own log is kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
  }
}
