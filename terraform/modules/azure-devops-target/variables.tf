variable "name" {
  description = "Name of the connection, the pool, the variable group and the environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,38}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 40 lower-case letters, digits and hyphens."
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

variable "tenant_id" {
  description = "Id of the Entra tenant."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.tenant_id))
    error_message = "The tenant id must be a GUID in lower-case letters."
  }
}

variable "subscription_id" {
  description = "Id of the subscription that the pipeline's steps work in."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.subscription_id))
    error_message = "The subscription id must be a GUID in lower-case letters."
  }
}

variable "subscription_name" {
  description = "Name of the same subscription, which Azure DevOps shows."
  type        = string
}

variable "location" {
  description = "Azure region of the agents and identities."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.location))
    error_message = "The location must be written in lower-case letters without blanks, for example uksouth."
  }
}

variable "resource_group_name" {
  description = "Resource group of the agents and identities."
  type        = string
}

variable "subnet_id" {
  description = "Id of the subnet that the agents are in."
  type        = string
}

variable "ssh_public_key" {
  description = "SSH public key of the agents' administrator; no one needs the private key."
  type        = string

  validation {
    condition     = startswith(var.ssh_public_key, "ssh-rsa ")
    error_message = "The key must be an RSA key that begins with ssh-rsa: Azure accepts no other type here."
  }
}

variable "agents" {
  description = "Maximum number of agents; the pool scales to zero when no job waits."
  type        = number
  default     = 2

  validation {
    condition     = var.agents >= 1 && var.agents <= 10
    error_message = "The number of agents must be from 1 to 10."
  }
}

variable "variables" {
  description = "Content of the variable group; it must hold no secret."
  type        = map(string)
}

variable "approvers" {
  description = "Azure DevOps ids of the approvers; two must approve if the list has two or more. An empty list asks for no approval."
  type        = list(string)
  default     = []
}

variable "is_deployed_to" {
  description = "Whether pipelines release to this target; otherwise they only build and sign, and the target has no environment."
  type        = bool
  default     = true
}
