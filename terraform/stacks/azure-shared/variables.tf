variable "name" {
  description = "Prefix of every name; the registry and the vault need one that is unique in the world."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,11}$", var.name))
    error_message = "The name must be 3 to 12 lower-case letters and digits, and begin with a letter."
  }
}

variable "tenant_id" {
  description = "Id of the Entra tenant."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.tenant_id))
    error_message = "A tenant id is a GUID in small letters."
  }
}

variable "subscription_id" {
  description = "Id of the subscription that everything is made in."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.subscription_id))
    error_message = "A subscription id is a GUID in small letters."
  }
}

variable "organization_url" {
  description = "Address of the organization in Azure DevOps, as https://dev.azure.com/example."
  type        = string

  validation {
    condition     = startswith(var.organization_url, "https://dev.azure.com/")
    error_message = "The address is written as https://dev.azure.com/example."
  }
}

variable "project_id" {
  description = "Id of the project in Azure DevOps."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.project_id))
    error_message = "A project id is a GUID in small letters."
  }
}

variable "administrators_group_id" {
  description = "Object id of the Entra group whose members make the signing certificate."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.administrators_group_id))
    error_message = "An object id is a GUID in small letters."
  }
}

variable "ssh_public_key" {
  description = "Public key of the agents' administrator, whose private half need not be kept."
  type        = string

  validation {
    condition     = startswith(var.ssh_public_key, "ssh-rsa ")
    error_message = "Azure takes RSA keys here, as ssh-rsa AAAA…"
  }
}

variable "location" {
  description = "Region of registry, vault and agents."
  type        = string
  default     = "uksouth"

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.location))
    error_message = "The location is written in small letters without blanks, as in uksouth."
  }
}

variable "replica_location" {
  description = "Region that the registry has a copy in."
  type        = string
  default     = "ukwest"

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.replica_location))
    error_message = "The location is written in small letters without blanks, as in uksouth."
  }
}

variable "address_space" {
  description = "Address range of the network that the agents build in."
  type        = string
  default     = "10.19.0.0/24"

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && endswith(var.address_space, "/24")
    error_message = "The address range is a /24, as in 10.19.0.0/24."
  }
}
