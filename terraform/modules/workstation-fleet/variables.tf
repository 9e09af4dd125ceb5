variable "name" {
  description = "Name of the fleet and prefix of its resources' names."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name must be 2 to 21 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "users" {
  description = "Users with a machine, by user id. first_wave: this machine gets a new image before the others. uid: numeric user id on machines and file systems; the default, 20000 to 59999, is computed from the user id."
  type = map(object({
    first_wave    = optional(bool, false)
    instance_type = optional(string, "g4dn.xlarge")
    uid           = optional(number)
  }))

  validation {
    condition     = alltrue([for user in keys(var.users) : can(regex("^[a-z][a-z0-9-]{1,20}$", user))])
    error_message = "A user id must be 2 to 21 lower-case letters, digits and hyphens, and begin with a letter."
  }

  validation {
    condition     = alltrue(flatten([for user in keys(var.users) : [for other in keys(var.users) : !startswith(other, "${user}-")]]))
    error_message = "No user id may be another user id up to a hyphen (ana and ana-2): roles match session ids by this prefix."
  }

  validation {
    condition     = length(var.users) == 0 || anytrue([for user in values(var.users) : user.first_wave])
    error_message = "At least one user must have first_wave = true: these machines test a new image before the others get it."
  }

  validation {
    condition     = alltrue([for user in values(var.users) : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", user.instance_type)) && !can(regex("^[a-z]+[0-9]+g[a-z]*\\.", user.instance_type))])
    error_message = "An instance type must be an x86-64 family and a size, for example g4dn.xlarge: the image does not boot on Graviton."
  }

  validation {
    condition     = alltrue([for user in values(var.users) : user.uid == null || try(user.uid >= 20000 && user.uid <= 59999 && floor(user.uid) == user.uid, false)])
    error_message = "A uid must be a whole number from 20000 to 59999: the image's own accounts have lower numbers (1000 is its default user), subordinate ids higher ones."
  }

  validation {
    condition = length(distinct([
      for name, user in var.users : coalesce(user.uid, 20000 + parseint(substr(sha256(name), 0, 7), 16) % 40000)
    ])) == length(var.users)
    error_message = "Two users have the same uid and could read each other's files: set another uid for one of them."
  }
}

variable "image_id" {
  description = "Id of the image for machines of new users; existing machines get their image from the rollout."
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
  description = "Ids of the private subnets, by availability zone; a machine can start in any of them."
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

# An address, because the DNS name of a file system resolves inside its own VPC only:
# https://docs.aws.amazon.com/fsx/latest/LustreGuide/mounting-on-premises.html
variable "workspaces_source" {
  description = "FSx for Lustre file system to mount at /workspaces, as ADDRESS@tcp:/MOUNTNAME; null mounts none. The module of the file system opens the Lustre ports on the machines' security group."
  type        = string
  default     = null

  validation {
    condition     = var.workspaces_source == null || can(regex("^[0-9.]+@tcp:/[A-Za-z0-9_-]{1,8}$", var.workspaces_source))
    error_message = "The file system must be given as its address and mount name, for example 10.20.16.10@tcp:/abcdefgh."
  }
}

variable "log_server" {
  description = "Log server that receives the journal by bulk requests: URL and prefix of the index names; null sends nothing. The module of the server opens HTTPS on the machines' security group and allows their roles to write."
  type = object({
    url   = string
    index = string
  })
  default = null

  validation {
    condition     = var.log_server == null || try(can(regex("^https://[a-z0-9.-]+$", var.log_server.url)) && can(regex("^[a-z][a-z0-9]*$", var.log_server.index)), false)
    error_message = "The server must be https:// and a host name, and the index prefix lower-case letters and digits."
  }
}

variable "alarm_topic_arns" {
  description = "ARNs of the SNS topics for failed self-checks."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:aws[a-z-]*:sns:", arn))])
    error_message = "A topic must be given by its ARN, which begins with arn:aws:sns:."
  }
}

variable "root_device_name" {
  description = "Name of the image's root device: /dev/sda1 for Ubuntu, /dev/xvda for Amazon Linux. A wrong name adds a second, empty volume and leaves the root volume without the fleet's key."
  type        = string
  default     = "/dev/sda1"

  validation {
    condition     = contains(["/dev/sda1", "/dev/xvda"], var.root_device_name)
    error_message = "The root device must be /dev/sda1 (Ubuntu) or /dev/xvda (Amazon Linux)."
  }
}

variable "root_volume_gib" {
  description = "Size of each machine's encrypted root volume in GiB; home directories are not on it."
  type        = number
  default     = 40

  validation {
    condition     = var.root_volume_gib >= 20 && var.root_volume_gib <= 16384 && floor(var.root_volume_gib) == var.root_volume_gib
    error_message = "The root volume must be a whole number of GiB, at least 20 (the image with its GPU driver needs that) and at most 16384."
  }
}

variable "self_check_seconds" {
  description = "Seconds for a new machine's self-check before its group replaces the machine."
  type        = number
  default     = 600

  validation {
    condition     = var.self_check_seconds >= 60 && var.self_check_seconds <= 7200
    error_message = "A machine needs at least 60 seconds to start; a lifecycle hook's heartbeat ends after 7200."
  }
}

variable "log_retention_days" {
  description = "Days that logs of machines and sessions are kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
  }
}
