variable "name" {
  description = "Name of the machine and of its resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "image_id" {
  description = "Image of the machine: an AMI id, or resolve:ssm: and the name of an SSM parameter that holds the id."
  type        = string

  validation {
    condition     = can(regex("^(ami-([0-9a-f]{8}|[0-9a-f]{17})|resolve:ssm:/[A-Za-z0-9/_.-]+)$", var.image_id))
    error_message = "The image must be an AMI id, for example ami-0123456789abcdef0, or resolve:ssm: and the name of a parameter."
  }
}

variable "fleet_name" {
  description = "Value of the tag Fleet on the monitored workstations."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.fleet_name))
    error_message = "The fleet must be 2 to 21 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that the machine is in."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The VPC must be given by its id, which begins with vpc-."
  }
}

variable "subnet_ids" {
  description = "Ids of the private subnets, by availability zone."
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

variable "workstation_security_group_id" {
  description = "Id of the security group of the workstations; the module opens port 9100 there for this machine."
  type        = string

  validation {
    condition     = startswith(var.workstation_security_group_id, "sg-")
    error_message = "The security group must be given by its id, which begins with sg-."
  }
}

variable "peering" {
  description = "Address ranges of both VPCs if the workstations are in another VPC, behind a transit gateway; null if they are in the same VPC."
  type = object({
    own_cidr_block         = string
    workstation_cidr_block = string
  })
  default = null

  validation {
    condition     = var.peering == null || try(alltrue([for block in values(var.peering) : can(cidrhost(block, 0)) && tonumber(split("/", block)[1]) >= 16]), false)
    error_message = "Both ranges must be IPv4 in CIDR notation with a prefix of at least /16: a VPC is never wider."
  }
}

variable "topic_arn" {
  description = "ARN of the SNS topic for alerts; it needs a subscriber."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.topic_arn))
    error_message = "The topic must be given by its ARN: an alert without a receiver reaches nobody."
  }
}

variable "topic_key_arn" {
  description = "ARN of the KMS key of that topic."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:", var.topic_key_arn))
    error_message = "The key must be given by its ARN, which begins with arn:aws:kms:."
  }
}

variable "log_server" {
  description = "Log server whose index lifecycle the machine sets at boot: URL, prefix of the index names, and days that lines are kept; null sets none. Only the image role prometheus uses it."
  type = object({
    url            = string
    index          = string
    retention_days = number
  })
  default = null

  validation {
    condition     = var.log_server == null || try(can(regex("^https://[a-z0-9.-]+$", var.log_server.url)) && var.log_server.retention_days > 0, false)
    error_message = "The server must be https:// and a host name, and the number of days at least 1."
  }
}

variable "instance_type" {
  description = "EC2 instance type, x86-64."
  type        = string
  default     = "t3.small"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.instance_type))
    error_message = "The instance type must be a family and a size, for example t3.small."
  }
}
