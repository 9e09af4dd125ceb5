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
    error_message = "A project id is a GUID in small letters."
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
  description = "Id of the subscription that the pipeline's steps work in."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.subscription_id))
    error_message = "A subscription id is a GUID in small letters."
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
    error_message = "The location is written in small letters without blanks, as in uksouth."
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
  description = "Public key of the agents' administrator, whose private half need not be kept."
  type        = string

  validation {
    condition     = startswith(var.ssh_public_key, "ssh-rsa ")
    error_message = "Azure takes RSA keys here, as ssh-rsa AAAA…"
  }
}

variable "agents" {
  description = "How many agents run at most; none runs while no job waits."
  type        = number
  default     = 2

  validation {
    condition     = var.agents >= 1 && var.agents <= 10
    error_message = "From 1 to 10 agents."
  }
}

variable "variables" {
  description = "Content of the variable group; nothing secret."
  type        = map(string)
}

variable "approvers" {
  description = "Ids in Azure DevOps of those who approve; two of them, where there are two. None where nobody is asked."
  type        = list(string)
  default     = []
}

variable "is_deployed_to" {
  description = "Whether releases go here; otherwise it builds and signs, and has no environment."
  type        = bool
  default     = true
}
