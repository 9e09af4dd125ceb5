variable "name" {
  description = "Identifier of the cluster and prefix of its resources' names."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$", var.name)) && !strcontains(var.name, "--")
    error_message = "The name must be 1 to 30 lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "availability_zones" {
  description = "Names of the availability zones, one instance in each; two or more, all different."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) >= 2 && length(var.availability_zones) <= 16
    error_message = "At least two availability zones are needed, one for each instance; Aurora takes up to 16 instances."
  }

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "Each availability zone must be named once: two instances in one zone fail together."
  }
}

variable "instance_class" {
  description = "Class of every instance; its memory must be enough for max_connections, see the README."
  type        = string
  default     = "db.r6g.8xlarge"

  validation {
    condition     = can(regex("^db\\.(r6g|r7g)\\.(large|xlarge|2xlarge|4xlarge|8xlarge|12xlarge|16xlarge)$", var.instance_class))
    error_message = "The class must be db.r6g or db.r7g in a size from large to 16xlarge: the module has the memory sizes of these only."
  }
}

variable "max_connections" {
  description = "Maximum number of connections to one instance, 1 to 16000 (the limit of Aurora MySQL)."
  type        = number

  validation {
    condition     = var.max_connections >= 1 && var.max_connections <= 16000 && floor(var.max_connections) == var.max_connections
    error_message = "max_connections must be a whole number from 1 to 16000, the limit of Aurora MySQL."
  }
}

variable "engine_version" {
  description = "Engine version: 8.0 for the version AWS prefers at creation, or an exact one such as 8.0.mysql_aurora.3.08.2."
  type        = string
  default     = "8.0"

  validation {
    condition     = can(regex("^8\\.0(\\.mysql_aurora\\.3\\.[0-9]+\\.[0-9]+)?$", var.engine_version))
    error_message = "The engine version must be 8.0 or 8.0.mysql_aurora.3.x.y: the parameter groups belong to the family aurora-mysql8.0."
  }
}

variable "master_username" {
  description = "Name of the administrator; the password is made and rotated by Secrets Manager."
  type        = string
  default     = "administrator"

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,31}$", var.master_username)) && !contains(["admin", "root", "rdsadmin"], lower(var.master_username))
    error_message = "The name must be 1 to 32 letters, digits and underscores, begin with a letter, and not be admin, root or rdsadmin, which are easy to guess."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that the security group belongs to."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The VPC must be given by its id, which begins with vpc-."
  }
}

variable "subnet_ids" {
  description = "Ids of the private subnets, one in each of the availability zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2 && alltrue([for id in var.subnet_ids : startswith(id, "subnet-")])
    error_message = "At least two subnets are needed, given by their ids, which begin with subnet-."
  }
}

variable "client_security_group_ids" {
  description = "Ids of the security groups that may connect on port 3306, by a stable name; nothing else may connect."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for id in values(var.client_security_group_ids) : startswith(id, "sg-")])
    error_message = "Clients must be given by the ids of their security groups, which begin with sg-; address ranges are not accepted."
  }
}

variable "backup_retention_days" {
  description = "Days that automated backups are kept, 1 to 35."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35 && floor(var.backup_retention_days) == var.backup_retention_days
    error_message = "Backups are kept for 1 to 35 whole days."
  }
}

variable "log_retention_days" {
  description = "Days that audit, error and slow query logs are kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
  }
}

variable "performance_insights" {
  description = "Whether query statistics are collected, encrypted and kept for seven days."
  type        = bool
  default     = true
}

variable "deletion_protection" {
  description = "Whether the cluster refuses to be deleted."
  type        = bool
  default     = true
}

variable "skip_final_snapshot" {
  description = "Whether the cluster is deleted without a last snapshot."
  type        = bool
  default     = false
}
