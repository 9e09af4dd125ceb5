variable "name" {
  description = "Name of the instance and prefix of its resources' names."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "ami_id" {
  description = "Id of the Amazon machine image; later changes are ignored."
  type        = string

  validation {
    condition     = can(regex("^ami-([0-9a-f]{8}|[0-9a-f]{17})$", var.ami_id))
    error_message = "The image must be given by its id: ami- and 8 or 17 hexadecimal digits."
  }
}

variable "instance_type" {
  description = "EC2 instance type; t3.micro is the current-generation equivalent, and t4g.micro needs an arm64 image."
  type        = string
  default     = "t2.micro"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.instance_type))
    error_message = "The instance type must be a family and a size, for example t2.micro."
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

variable "subnet_id" {
  description = "Id of the private subnet of the instance."
  type        = string

  validation {
    condition     = startswith(var.subnet_id, "subnet-")
    error_message = "The subnet must be given by its id, which begins with subnet-."
  }
}

variable "endpoint_security_group_id" {
  description = "Id of the security group of the VPC's interface endpoints, one of two allowed destinations of the instance."
  type        = string

  validation {
    condition     = startswith(var.endpoint_security_group_id, "sg-")
    error_message = "The security group must be given by its id, which begins with sg-."
  }
}

variable "s3_prefix_list_id" {
  description = "Id of the region's prefix list of S3, the other allowed destination of the instance."
  type        = string

  validation {
    condition     = startswith(var.s3_prefix_list_id, "pl-")
    error_message = "The prefix list must be given by its id, which begins with pl-."
  }
}

variable "root_volume_gib" {
  description = "Size of the encrypted root volume in GiB."
  type        = number
  default     = 10

  validation {
    condition     = var.root_volume_gib >= 8 && var.root_volume_gib <= 16384 && floor(var.root_volume_gib) == var.root_volume_gib
    error_message = "The root volume must be a whole number of GiB, at least 8 (Amazon Linux 2023 needs that) and at most 16384."
  }
}

variable "termination_protection" {
  description = "Whether the instance refuses to be terminated through the API."
  type        = bool
  default     = true
}
