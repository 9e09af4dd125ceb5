variable "name" {
  description = "Prefix of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "cidr_block" {
  description = "Address range of the VPC, /16 to /24; each zone gets a subnet whose prefix is 4 bits longer."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && can(regex("/(1[6-9]|2[0-4])$", var.cidr_block))
    error_message = "The address range must be IPv4 in CIDR notation with a prefix between /16 and /24, for example 10.20.0.0/16."
  }
}

variable "availability_zones" {
  description = "Names of the availability zones, one private subnet in each; two or more, all different."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) >= 2 && length(var.availability_zones) <= 16
    error_message = "At least two availability zones are needed: one zone is a single point of failure. The address range has room for 16."
  }

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "Each availability zone must be named once: every zone gets one subnet."
  }
}

variable "interface_services" {
  description = "AWS services with an interface endpoint, by the last part of the service name, and the actions that the endpoint allows. AWS bills each endpoint per hour and zone."
  type        = map(set(string))
  default = {
    ssm         = ["ssm:UpdateInstanceInformation"]
    ssmmessages = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
  }

  validation {
    condition     = alltrue([for service in keys(var.interface_services) : can(regex("^[a-z0-9.-]+$", service)) && !startswith(service, "com.amazonaws")])
    error_message = "Each service must be the part after com.amazonaws.REGION, for example ssm; the module adds the rest."
  }

  validation {
    condition     = !contains(keys(var.interface_services), "s3")
    error_message = "s3 is not allowed here: the module creates a gateway endpoint for S3, which is free."
  }

  validation {
    condition = alltrue(flatten([
      for actions in values(var.interface_services) : [length(actions) > 0, [for action in actions : can(regex("^[a-z0-9-]+:[A-Za-z]+$", action))]]
    ]))
    error_message = "Each endpoint needs at least one action, written in full, for example ssm:UpdateInstanceInformation: a wildcard would allow everything."
  }
}

variable "buckets" {
  description = "Actions that the S3 endpoint allows, by name of a bucket in this account."
  type        = map(set(string))
  default     = {}

  validation {
    condition     = alltrue([for bucket in keys(var.buckets) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))])
    error_message = "Name each bucket in full: 3 to 63 lower-case letters, digits, dots and hyphens, no star."
  }

  validation {
    condition = alltrue(flatten([
      for actions in values(var.buckets) : [length(actions) > 0, [for action in actions : can(regex("^s3:[A-Za-z]+$", action))]]
    ]))
    error_message = "Name at least one action for each bucket, without a star, for example s3:GetObject."
  }
}

variable "amazon_linux_packages" {
  description = "Whether machines install packages of Amazon Linux 2023, which AWS keeps in its own bucket."
  type        = bool
  default     = false
}

variable "dns_domains" {
  description = "Domains that the VPC's resolver resolves; a leading *. covers all subdomains. Every other name gets NXDOMAIN."
  type        = set(string)
  default     = ["*.amazonaws.com", "*.compute.internal", "*.ec2.internal"]

  validation {
    condition     = length(var.dns_domains) > 0 && alltrue([for domain in var.dns_domains : can(regex("^([*][.])?([a-z0-9_-]+[.])+[a-z0-9-]+$", domain))])
    error_message = "Name at least one domain with two or more labels, for example *.amazonaws.com: a single star or a top-level domain would open DNS as a way out."
  }
}

variable "readable_objects" {
  description = "ARNs of objects in AWS service buckets that may be read through the S3 endpoint with this account's credentials."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.readable_objects : can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9.-]+/.+$", arn))])
    error_message = "Name objects by ARN with the whole name of their bucket, for example arn:aws:s3:::ec2imagebuilder-toe-eu-west-1-prod/*."
  }
}

variable "presigned_objects" {
  description = "ARNs of objects in AWS service buckets that may be read through the S3 endpoint by presigned URLs of the service, for example ECR image layers."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.presigned_objects : can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9.-]+/.+$", arn))])
    error_message = "Name objects by ARN with the whole name of their bucket, for example arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*."
  }
}

variable "flow_log_retention_days" {
  description = "Days that flow logs and DNS query logs are kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.flow_log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
  }
}
