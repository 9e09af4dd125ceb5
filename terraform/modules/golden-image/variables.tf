variable "name" {
  description = "Prefix of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "parent_image" {
  description = "Image to start from: an Image Builder ARN with x.x.x, whose newest version every build takes, or an AMI id."
  type        = string

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:aws:image/.+/x\\.x\\.x|ami-([0-9a-f]{8}|[0-9a-f]{17}))$", var.parent_image))
    error_message = "Name the parent by an ARN of Amazon's that ends with x.x.x, or by the id of an AMI."
  }
}

variable "image_parameter_name" {
  description = "Name of the SSM parameter that a new image's id is written to; below /imagebuilder/, where Image Builder's own role may write."
  type        = string

  validation {
    condition     = startswith(var.image_parameter_name, "/imagebuilder/")
    error_message = "The parameter's name must begin with /imagebuilder/: Image Builder's service-linked role may write nowhere else."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that images are built in."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The VPC must be given by its id, which begins with vpc-."
  }
}

variable "subnet_id" {
  description = "Id of the private subnet that images are built in."
  type        = string

  validation {
    condition     = startswith(var.subnet_id, "subnet-")
    error_message = "The subnet must be given by its id, which begins with subnet-."
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

variable "instance_type" {
  description = "EC2 instance type that images are built and tested on."
  type        = string
  default     = "t3.medium"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.instance_type))
    error_message = "The instance type must be a family and a size, for example t3.medium."
  }
}

variable "schedule" {
  description = "When a new image is built, if the parent or a component has changed; UTC."
  type        = string
  default     = "cron(0 3 ? * tue *)"

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.schedule))
    error_message = "The schedule must be rate(…) or cron(…), for example cron(0 3 ? * tue *)."
  }
}

variable "images_to_keep" {
  description = "Images that stay when older ones are retired; the current one and at least two to go back to."
  type        = number
  default     = 5

  validation {
    condition     = var.images_to_keep >= 3 && var.images_to_keep <= 100 && floor(var.images_to_keep) == var.images_to_keep
    error_message = "Keep 3 to 100 images: with fewer, a rollback may find its image gone."
  }
}

variable "log_retention_days" {
  description = "Days that build logs are kept; one of the periods CloudWatch Logs knows."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "CloudWatch Logs knows 30, 60, 90, 120, 150, 180, 365, 400, 545 and 731 days in this range; 0 would keep logs for ever."
  }
}

variable "force_destroy" {
  description = "Whether the bucket is deleted together with the role's files in it."
  type        = bool
  default     = false
}
