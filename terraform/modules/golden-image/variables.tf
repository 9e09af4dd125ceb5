variable "name" {
  description = "Prefix of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "ansible_role" {
  description = "Role that makes the image: workstation, prometheus or icinga."
  type        = string
  default     = "workstation"

  validation {
    condition     = contains(["workstation", "prometheus", "icinga"], var.ansible_role)
    error_message = "The role must be workstation, prometheus or icinga: these are the roles in the module's folder ansible."
  }
}

variable "ubuntu_version" {
  description = "Ubuntu LTS release that images are built from; every build takes Canonical's newest image of it."
  type        = string
  default     = "24.04"

  validation {
    condition     = contains(["22.04", "24.04"], var.ubuntu_version)
    error_message = "The release must be 22.04 or 24.04. 20.04 has had no security updates without Ubuntu Pro since May 2025, and has no package ansible-core."
  }
}

variable "package_mirror" {
  description = "Signed APT repository that the build machine installs from: its HTTPS URL, which the S3 endpoint must reach, and the SHA-256 of its public key at URL/key.asc. See the README for what it holds."
  type = object({
    url        = string
    key_sha256 = string
  })

  validation {
    condition     = can(regex("^https://[a-z0-9./-]+[a-z0-9]$", var.package_mirror.url)) && can(regex("^[0-9a-f]{64}$", var.package_mirror.key_sha256))
    error_message = "The mirror needs an https:// URL without a slash at its end, and a key's SHA-256 of 64 hexadecimal digits."
  }
}

variable "gpu_driver" {
  description = "Branch of NVIDIA's server driver in Ubuntu's archive."
  type        = string
  default     = "580"

  validation {
    condition     = can(regex("^[0-9]{3}$", var.gpu_driver))
    error_message = "The driver's branch must be three digits, for example 580."
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
  description = "When the pipeline checks the parent image and the components, and builds an image if one has changed; UTC."
  type        = string
  default     = "cron(0 3 ? * tue *)"

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.schedule))
    error_message = "The schedule must be rate(…) or cron(…), for example cron(0 3 ? * tue *)."
  }
}

variable "images_to_keep" {
  description = "Number of images to keep: the current one and at least two for a rollback."
  type        = number
  default     = 5

  validation {
    condition     = var.images_to_keep >= 3 && var.images_to_keep <= 100 && floor(var.images_to_keep) == var.images_to_keep
    error_message = "Keep 3 to 100 images: with fewer, a rollback may find its image gone."
  }
}

variable "log_retention_days" {
  description = "Days that build logs are kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
  }
}

variable "force_destroy" {
  description = "Whether the bucket is deleted with the role's files in it."
  type        = bool
  default     = false
}
