variable "name" {
  description = "Name of the file system and prefix of its resources' names."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name must be 2 to 21 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "user_ids" {
  description = "Numeric id of each user who gets a folder, by user name; the user needs the same uid and gid on the machine."
  type        = map(number)

  validation {
    condition     = alltrue([for id in values(var.user_ids) : floor(id) == id && id >= 2000 && id <= 59999])
    error_message = "User ids must be whole numbers from 2000 to 59999: images and packages use lower ids."
  }

  validation {
    condition     = length(distinct(values(var.user_ids))) == length(var.user_ids)
    error_message = "Each user needs a unique id: two users with one id could read each other's folder."
  }

  validation {
    condition     = alltrue([for user in keys(var.user_ids) : can(regex("^[a-z][a-z0-9-]{1,20}$", user))])
    error_message = "A user name must be 2 to 21 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that the file system is in."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The VPC must be given by its id, which begins with vpc-."
  }
}

variable "subnet_id" {
  description = "Id of the subnet of the file system; this type of file system is in one zone."
  type        = string

  validation {
    condition     = startswith(var.subnet_id, "subnet-")
    error_message = "The subnet must be given by its id, which begins with subnet-."
  }
}

variable "cidr_block" {
  description = "Address range of the file system's VPC."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && can(regex("/(1[6-9]|2[0-8])$", var.cidr_block))
    error_message = "The range must be IPv4 in CIDR notation with a prefix between /16 and /28."
  }
}

variable "client_cidr_block" {
  description = "Address range of the machines that mount the file system."
  type        = string

  validation {
    condition     = can(cidrhost(var.client_cidr_block, 0)) && can(regex("/(1[6-9]|2[0-8])$", var.client_cidr_block))
    error_message = "The range must be IPv4 in CIDR notation with a prefix between /16 and /28: Lustre does not authenticate clients, so keep the range narrow."
  }
}

variable "client_security_group_id" {
  description = "Id of the security group of the machines that mount the file system; the module adds the rules for Lustre."
  type        = string

  validation {
    condition     = startswith(var.client_security_group_id, "sg-")
    error_message = "The security group must be given by its id, which begins with sg-."
  }
}

variable "storage_gib" {
  description = "Size of the file system in GiB: 1200, or a multiple of 2400."
  type        = number
  default     = 1200

  validation {
    condition     = var.storage_gib == 1200 || (var.storage_gib > 0 && var.storage_gib % 2400 == 0)
    error_message = "The size must be 1200 GiB or a multiple of 2400 GiB."
  }
}

variable "throughput" {
  description = "Throughput in MB/s for each TiB of storage."
  type        = number
  default     = 125

  validation {
    condition     = contains([125, 250, 500, 1000], var.throughput)
    error_message = "The throughput must be 125, 250, 500 or 1000 MB/s per TiB."
  }
}

variable "version_days" {
  description = "Days that the bucket keeps old versions of files, and files that were deleted."
  type        = number
  default     = 90

  validation {
    condition     = var.version_days >= 1 && floor(var.version_days) == var.version_days
    error_message = "Old versions are kept for a whole number of days, at least 1."
  }
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic for the alarm on a delayed export; its policy must allow CloudWatch to publish this account's alarms."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.alarm_topic_arn))
    error_message = "The topic must be given by its ARN: an alarm without a receiver reaches nobody."
  }
}

variable "log_retention_days" {
  description = "Days that the file system's log is kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
  }
}

variable "force_destroy" {
  description = "Whether the bucket is deleted with the files in it."
  type        = bool
  default     = false
}
