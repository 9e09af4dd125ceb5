terraform {
  required_version = ">= 1.9"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }

    azuredevops = {
      source  = "microsoft/azuredevops"
      version = "~> 1.0"
    }
  }
}

module "target" {
  source = "../.."

  name                = "claims-staging"
  project_id          = "00000000-0000-0000-0000-000000000001"
  tenant_id           = "00000000-0000-0000-0000-000000000002"
  subscription_id     = "00000000-0000-0000-0000-000000000003"
  subscription_name   = "claims"
  location            = "uksouth"
  resource_group_name = "claims-uksouth"
  subnet_id           = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/claims-uksouth/providers/Microsoft.Network/virtualNetworks/claims-uksouth/subnets/agents"
  ssh_public_key      = var.ssh_public_key
  variables           = { cluster = "claims-uksouth" }
}

variable "ssh_public_key" {
  description = "Public key of the agents' administrator."
  type        = string
}
