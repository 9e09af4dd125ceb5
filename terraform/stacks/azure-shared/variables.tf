variable "name" {
  description = "Prefix of every name; it must be globally unique for the registry and the vault."
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
    error_message = "The tenant id must be a GUID in lower-case letters."
  }
}

variable "subscription_id" {
  description = "Id of the subscription for all resources."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.subscription_id))
    error_message = "The subscription id must be a GUID in lower-case letters."
  }
}

variable "organization_url" {
  description = "URL of the Azure DevOps organization, for example https://dev.azure.com/example."
  type        = string

  validation {
    condition     = startswith(var.organization_url, "https://dev.azure.com/")
    error_message = "The URL must have the form https://dev.azure.com/example."
  }
}

variable "project_id" {
  description = "Id of the project in Azure DevOps."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.project_id))
    error_message = "The project id must be a GUID in lower-case letters."
  }
}

variable "administrators_group_id" {
  description = "Object id of the Entra group whose members create the signing certificate."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.administrators_group_id))
    error_message = "The object id must be a GUID in lower-case letters."
  }
}

variable "ssh_public_key" {
  description = "SSH public key of the agents' administrator; no one needs the private key."
  type        = string

  validation {
    condition     = startswith(var.ssh_public_key, "ssh-rsa ")
    error_message = "The key must be an RSA key that begins with ssh-rsa: Azure accepts no other type here."
  }
}

variable "location" {
  description = "Region of registry, vault and agents."
  type        = string
  default     = "uksouth"

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.location))
    error_message = "The location must be written in lower-case letters without blanks, for example uksouth."
  }
}

variable "replica_location" {
  description = "Region of the registry's replica."
  type        = string
  default     = "ukwest"

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.replica_location))
    error_message = "The location must be written in lower-case letters without blanks, for example uksouth."
  }
}

variable "address_space" {
  description = "Address range of the build agents' network."
  type        = string
  default     = "10.19.0.0/24"

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && endswith(var.address_space, "/24")
    error_message = "The address range must be a /24, for example 10.19.0.0/24."
  }
}
