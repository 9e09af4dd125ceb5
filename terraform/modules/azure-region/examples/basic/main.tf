terraform {
  required_version = ">= 1.9"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

module "region" {
  source = "../.."

  name                    = "claims-uksouth"
  location                = "uksouth"
  address_space           = "10.60.0.0/16"
  zones                   = ["1", "2", "3"]
  administrators_group_id = "00000000-0000-0000-0000-000000000001"
  deployer_principal_id   = "00000000-0000-0000-0000-000000000002"
  registry_id             = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/claims/providers/Microsoft.ContainerRegistry/registries/claimsexample"
  pager_webhook           = var.pager_webhook
}

variable "pager_webhook" {
  description = "Address that alerts are sent to, from the vault: it contains a token."
  type        = string
  sensitive   = true
}
