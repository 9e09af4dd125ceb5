variable "name" {
  description = "Name of the resource group and prefix of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 20 lower-case letters, digits and hyphens: Azure limits a key vault's name to 24 characters."
  }
}

variable "location" {
  description = "Azure region, as in uksouth."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.location))
    error_message = "The location must be written in lower-case letters without blanks, for example uksouth."
  }
}

variable "address_space" {
  description = "Address range of the network, a /16; the ranges of two regions must not overlap."
  type        = string

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && endswith(var.address_space, "/16")
    error_message = "The address range must be a /16, for example 10.20.0.0/16."
  }
}

variable "client_ranges" {
  description = "Address ranges outside the network, for example peered networks, that may reach the gateway on port 443."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for range in var.client_ranges : can(cidrhost(range, 0)) && range != "0.0.0.0/0"])
    error_message = "Each range must be a CIDR block, and 0.0.0.0/0 is not allowed."
  }
}

variable "pod_cidr" {
  description = "Address range of the pods. It must not overlap a connected network; two clusters may use the same range."
  type        = string
  default     = "10.244.0.0/16"

  validation {
    condition     = can(cidrhost(var.pod_cidr, 0))
    error_message = "The range must be a CIDR block, for example 10.244.0.0/16."
  }
}

variable "service_cidr" {
  description = "Address range of the Kubernetes Services. It must not overlap a connected network."
  type        = string
  default     = "172.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.service_cidr, 10))
    error_message = "The range must be a CIDR block with 16 addresses or more, for example 172.20.0.0/16."
  }
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes; AKS installs patch versions automatically."
  type        = string
  default     = "1.35"

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "The version must be a minor version without a patch, for example 1.35."
  }
}

variable "zones" {
  description = "Availability zones of the nodes; empty in a region without zones, for example UK West."
  type        = set(string)

  # https://learn.microsoft.com/azure/reliability/regions-list
  validation {
    condition     = length(var.zones) != 1
    error_message = "Name two or more zones, or none in a region without zones: one zone is a single point of failure."
  }
}

variable "general_nodes" {
  description = "VM size and range of the pool that serves requests."
  type        = object({ vm_size = string, min = number, max = number })
  default     = { vm_size = "Standard_D2ds_v5", min = 3, max = 9 }

  validation {
    condition     = var.general_nodes.min >= 2 && var.general_nodes.max >= var.general_nodes.min
    error_message = "general_nodes.min must be at least 2, and general_nodes.max at least general_nodes.min."
  }
}

variable "spot_nodes" {
  description = "VM size and range of the spot pool, whose nodes Azure may evict at any time."
  type        = object({ vm_size = string, min = number, max = number })
  default     = { vm_size = "Standard_D2ds_v5", min = 0, max = 9 }

  validation {
    condition     = var.spot_nodes.min >= 0 && var.spot_nodes.max >= var.spot_nodes.min
    error_message = "spot_nodes.min must be 0 or more, and spot_nodes.max at least spot_nodes.min."
  }
}

variable "administrators_group_id" {
  description = "Object id of the Entra group whose members administer the cluster; local accounts are off."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.administrators_group_id))
    error_message = "The object id must be a GUID in lower-case letters."
  }
}

variable "deployer_principal_id" {
  description = "Object id of the pipeline's identity. It may fetch the cluster's credentials, and the platform binds it to the Role deployer."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.deployer_principal_id))
    error_message = "The object id must be a GUID in lower-case letters."
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
  description = "Webhook URL for alerts. It contains a token, so read it from the vault and not from a file."
  type        = string
  sensitive   = true

  validation {
    condition     = startswith(var.pager_webhook, "https://")
    error_message = "The webhook must be an https:// URL."
  }
}
