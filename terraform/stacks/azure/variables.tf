variable "name" {
  description = "Prefix of every name, different for each environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,11}$", var.name))
    error_message = "The name must be 3 to 12 lower-case letters and digits, and begin with a letter."
  }
}

variable "environment" {
  description = "Name of the environment: staging or production."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "The environment must be staging or production."
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
  description = "Object id of the Entra group whose members administer the clusters."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.administrators_group_id))
    error_message = "The object id must be a GUID in lower-case letters."
  }
}

variable "regions" {
  description = "One region, or two, the second for disaster recovery. `gateway` is the address of the gateway's load balancer, null until it exists; `zones` is empty in a region without zones."
  type        = list(object({ location = string, address_space = string, zones = set(string), gateway = optional(string) }))

  validation {
    condition     = contains([1, 2], length(var.regions)) && length(distinct(var.regions[*].location)) == length(var.regions)
    error_message = "Name one region or two different regions."
  }

  validation {
    condition     = alltrue([for region in var.regions : region.gateway == null || try(cidrhost("${region.gateway}/16", 0) == cidrhost(region.address_space, 0), false)])
    error_message = "The gateway's address must be in its region's network."
  }
}

variable "serving" {
  description = "Location of the region that the DNS name points to; change it to fail over."
  type        = string
  default     = "uksouth"

  validation {
    condition     = contains(var.regions[*].location, var.serving)
    error_message = "The location must be one of the regions."
  }
}

variable "domain" {
  description = "Host name of the service and of the gateway's certificate, for example claims.example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]+$", var.domain))
    error_message = "The host name must be in lower-case letters, for example claims.example.com."
  }
}

variable "client_ranges" {
  description = "Address ranges of peered networks that may reach the service."
  type        = list(string)
  default     = []
}

variable "registry_id" {
  description = "Resource id of the registry of the stack azure-shared; staging and production use the same registry."
  type        = string

  validation {
    condition     = can(regex("/registries/[a-z0-9]+$", var.registry_id))
    error_message = "The value must be the resource id of a container registry, which ends with /registries/NAME."
  }
}

variable "approvers" {
  description = "Azure DevOps ids of the approvers of a release; empty for staging."
  type        = list(string)
  default     = []
}

variable "ssh_public_key" {
  description = "SSH public key of the agents' administrator; no one needs the private key."
  type        = string

  validation {
    condition     = startswith(var.ssh_public_key, "ssh-rsa ")
    error_message = "The key must be an RSA key that begins with ssh-rsa: Azure accepts no other type here."
  }
}

variable "pager_webhook" {
  description = "Webhook URL for alerts, with its token."
  type        = string
  sensitive   = true
}
