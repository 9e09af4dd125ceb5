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

variable "organization_id" {
  description = "Id of the organization in Azure DevOps, which is part of its token issuer."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.organization_id))
    error_message = "An organization's id is a GUID in small letters."
  }
}

variable "service_connections" {
  description = "Subjects of the federated service connections, as sc://ORGANIZATION/PROJECT/NAME."
  type        = object({ build = string, production = string })

  validation {
    condition     = alltrue([for subject in values(var.service_connections) : startswith(subject, "sc://")])
    error_message = "A subject is written as sc://ORGANIZATION/PROJECT/NAME."
  }
}

variable "administrators_group_id" {
  description = "Object id of the Entra group whose members administer clusters and vault."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.administrators_group_id))
    error_message = "An object id is a GUID in small letters."
  }
}

variable "regions" {
  description = "Address range of each region's network, the first region being the one that serves."
  type        = list(object({ location = string, address_space = string }))
  default = [
    { location = "uksouth", address_space = "10.20.0.0/16" },
    { location = "ukwest", address_space = "10.21.0.0/16" },
  ]

  validation {
    condition     = length(var.regions) == 2 && length(distinct(var.regions[*].location)) == length(var.regions)
    error_message = "Two different regions: the second is where the first is brought up again."
  }
}

variable "pager_webhook" {
  description = "Address that alerts are sent to, with its token."
  type        = string
  sensitive   = true
}

variable "signing_key_expires" {
  description = "When the first version of the signing key expires, as in 2027-11-21T00:00:00Z; rotation makes the next."
  type        = string

  validation {
    condition     = can(formatdate("YYYY", var.signing_key_expires))
    error_message = "The time is written as in 2027-11-21T00:00:00Z."
  }
}
