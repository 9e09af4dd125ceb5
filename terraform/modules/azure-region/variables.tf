variable "name" {
  description = "Name of the region's parts, and prefix of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 20 lower-case letters, digits and hyphens: a key vault's name has 24 characters at most."
  }
}

variable "location" {
  description = "Azure region, as in uksouth."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.location))
    error_message = "The location is written in small letters without blanks, as in uksouth."
  }
}

variable "address_space" {
  description = "Address range of the network, a /16; the ranges of two regions must not overlap."
  type        = string

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && endswith(var.address_space, "/16")
    error_message = "The address range is a /16, as in 10.20.0.0/16."
  }
}

variable "client_ranges" {
  description = "Address ranges outside the network whose callers may reach the gateway on port 443, as those of peered networks."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for range in var.client_ranges : can(cidrhost(range, 0)) && range != "0.0.0.0/0"])
    error_message = "Each range is a CIDR block, and none is everybody."
  }
}

variable "pod_cidr" {
  description = "Address range of the pods, which overlaps no connected network; two clusters may have the same."
  type        = string
  default     = "10.244.0.0/16"

  validation {
    condition     = can(cidrhost(var.pod_cidr, 0))
    error_message = "The range is a CIDR block, as in 10.244.0.0/16."
  }
}

variable "service_cidr" {
  description = "Address range of Kubernetes' Services, which overlaps no connected network."
  type        = string
  default     = "172.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.service_cidr, 10))
    error_message = "The range is a CIDR block with 16 addresses or more, as in 172.20.0.0/16."
  }
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes; patches come by themselves."
  type        = string
  default     = "1.35"

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "The version is written as in 1.35, without a patch."
  }
}

variable "zones" {
  description = "Availability zones that the nodes are spread over; none where the region has none, as UK West."
  type        = set(string)

  # https://learn.microsoft.com/azure/reliability/regions-list
  validation {
    condition     = length(var.zones) != 1
    error_message = "Two or more zones, or none in a region without any: one zone is one point of failure."
  }
}

variable "general_nodes" {
  description = "Size and range of the pool that serves requests."
  type        = object({ vm_size = string, min = number, max = number })
  default     = { vm_size = "Standard_D2ds_v5", min = 3, max = 9 }

  validation {
    condition     = var.general_nodes.min >= 2 && var.general_nodes.max >= var.general_nodes.min
    error_message = "At least two nodes serve, and the range must not be empty."
  }
}

variable "spot_nodes" {
  description = "Size and range of the pool that may be taken away at any time."
  type        = object({ vm_size = string, min = number, max = number })
  default     = { vm_size = "Standard_D2ds_v5", min = 0, max = 9 }

  validation {
    condition     = var.spot_nodes.min >= 0 && var.spot_nodes.max >= var.spot_nodes.min
    error_message = "The range must not be empty, and begins with 0 or more."
  }
}

variable "administrators_group_id" {
  description = "Object id of the Entra group whose members administer the cluster; local accounts are off."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.administrators_group_id))
    error_message = "An object id is a GUID in small letters."
  }
}

variable "deployer_principal_id" {
  description = "Object id of the pipeline's identity, which may fetch the cluster's credentials; the platform binds it to the Role deployer."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.deployer_principal_id))
    error_message = "An object id is a GUID in small letters."
  }
}

variable "registry_id" {
  description = "Resource id of the registry that the nodes pull from."
  type        = string
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730
    error_message = "Logs are kept for 30 to 730 days."
  }
}

variable "pager_webhook" {
  description = "Address that alerts are sent to; it contains a token, so it comes from the vault and not from a file."
  type        = string
  sensitive   = true

  validation {
    condition     = startswith(var.pager_webhook, "https://")
    error_message = "Alerts go by https only."
  }
}
