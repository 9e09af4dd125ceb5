variable "name" {
  description = "Name of the fleet and prefix of what belongs to it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name must be 2 to 21 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "users" {
  description = "Who gets a machine, by user id; first_wave says that a new image comes to this machine before the others."
  type = map(object({
    first_wave    = optional(bool, false)
    instance_type = optional(string, "t3.medium")
  }))

  validation {
    condition     = alltrue([for user in keys(var.users) : can(regex("^[a-z][a-z0-9-]{1,20}$", user))])
    error_message = "A user id must be 2 to 21 lower-case letters, digits and hyphens, and begin with a letter."
  }

  validation {
    condition     = length(var.users) == 0 || anytrue([for user in values(var.users) : user.first_wave])
    error_message = "At least one user must have first_wave = true: a new image is tried there before it comes to everybody."
  }

  validation {
    condition     = alltrue([for user in values(var.users) : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", user.instance_type))])
    error_message = "An instance type must be a family and a size, for example t3.medium."
  }
}

variable "image_id" {
  description = "Id of the image that machines of new users start from; machines that exist get theirs from the rollout."
  type        = string

  validation {
    condition     = can(regex("^ami-([0-9a-f]{8}|[0-9a-f]{17})$", var.image_id))
    error_message = "The image must be given by its id: ami- and 8 or 17 hexadecimal digits."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that the security groups belong to."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The VPC must be given by its id, which begins with vpc-."
  }
}

variable "subnet_ids" {
  description = "Ids of the private subnets, by availability zone; a machine may start in any of them."
  type        = map(string)

  validation {
    condition     = length(var.subnet_ids) >= 2 && alltrue([for id in values(var.subnet_ids) : startswith(id, "subnet-")])
    error_message = "At least two subnets are needed, each by its id, which begins with subnet-."
  }
}

variable "endpoint_security_group_id" {
  description = "Id of the security group of the VPC's interface endpoints."
  type        = string

  validation {
    condition     = startswith(var.endpoint_security_group_id, "sg-")
    error_message = "The security group must be given by its id, which begins with sg-."
  }
}

variable "s3_prefix_list_id" {
  description = "Id of the region's prefix list of S3."
  type        = string

  validation {
    condition     = startswith(var.s3_prefix_list_id, "pl-")
    error_message = "The prefix list must be given by its id, which begins with pl-."
  }
}

variable "root_volume_gib" {
  description = "Size of each machine's encrypted root volume in GiB; home directories are not on it."
  type        = number
  default     = 20

  validation {
    condition     = var.root_volume_gib >= 8 && var.root_volume_gib <= 16384 && floor(var.root_volume_gib) == var.root_volume_gib
    error_message = "The root volume must be a whole number of GiB, at least 8 (Amazon Linux 2023 needs that) and at most 16384."
  }
}

variable "self_check_seconds" {
  description = "Seconds that a new machine has to check itself before its group gives it up."
  type        = number
  default     = 600

  validation {
    condition     = var.self_check_seconds >= 60 && var.self_check_seconds <= 7200
    error_message = "A machine needs at least 60 seconds to start; after 7200 the lifecycle hook's heartbeat ends."
  }
}

variable "backups" {
  description = "Whether AWS Backup keeps daily copies of the home directories; the emulator has no such call."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days that logs of machines and sessions are kept; one of the periods CloudWatch Logs knows."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "CloudWatch Logs knows 30, 60, 90, 120, 150, 180, 365, 400, 545 and 731 days in this range; 0 would keep logs for ever."
  }
}
