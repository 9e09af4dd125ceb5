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
    error_message = "The environment is staging or production."
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
  description = "Object id of the Entra group whose members administer the clusters."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.administrators_group_id))
    error_message = "An object id is a GUID in small letters."
  }
}

variable "regions" {
  description = "One region, or two: the second is where the first is brought up again. `gateway` is the address that the gateway's load balancer got, null until it has one; `zones` is empty where the region has none."
  type        = list(object({ location = string, address_space = string, zones = set(string), gateway = optional(string) }))

  validation {
    condition     = contains([1, 2], length(var.regions)) && length(distinct(var.regions[*].location)) == length(var.regions)
    error_message = "One region, or two different ones."
  }

  validation {
    condition     = alltrue([for region in var.regions : region.gateway == null || try(cidrhost("${region.gateway}/16", 0) == cidrhost(region.address_space, 0), false)])
    error_message = "The gateway's address is one of its region's network."
  }
}

variable "serving" {
  description = "Location of the region that the name leads to: the switch of a recovery."
  type        = string
  default     = "uksouth"

  validation {
    condition     = contains(var.regions[*].location, var.serving)
    error_message = "One of the regions serves."
  }
}

variable "domain" {
  description = "Host name of the service, as claims.example.com, which the gateway's certificate names."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]+$", var.domain))
    error_message = "A host name in small letters, as claims.example.com."
  }
}

variable "client_ranges" {
  description = "Address ranges of peered networks whose callers may reach the service."
  type        = list(string)
  default     = []
}

variable "registry_id" {
  description = "Resource id of the registry of the stack azure-shared; staging and production pull from the same."
  type        = string

  validation {
    condition     = can(regex("/registries/[a-z0-9]+$", var.registry_id))
    error_message = "The resource id of a container registry ends with /registries/NAME."
  }
}

variable "approvers" {
  description = "Ids in Azure DevOps of those who approve a release; none for staging."
  type        = list(string)
  default     = []
}

variable "ssh_public_key" {
  description = "Public key of the agents' administrator, whose private half need not be kept."
  type        = string

  validation {
    condition     = startswith(var.ssh_public_key, "ssh-rsa ")
    error_message = "Azure takes RSA keys here, as ssh-rsa AAAA…"
  }
}

variable "pager_webhook" {
  description = "Address that alerts are sent to, with its token."
  type        = string
  sensitive   = true
}
