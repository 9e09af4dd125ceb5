provider "azurerm" {
  subscription_id = var.subscription_id
  features {}
}

resource "azurerm_resource_group" "shared" {
  name     = "${var.name}-shared"
  location = var.regions[0].location
}

# One registry for both regions: what was pushed to one is in the other.
resource "azurerm_container_registry" "this" {
  name                          = var.name
  resource_group_name           = azurerm_resource_group.shared.name
  location                      = azurerm_resource_group.shared.location
  sku                           = "Premium"
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  zone_redundancy_enabled       = true
  retention_policy_in_days      = 30

  georeplications {
    location                = var.regions[1].location
    zone_redundancy_enabled = false
  }
}

resource "azurerm_private_dns_zone" "registry" {
  name                = "privatelink.azurecr.io"
  resource_group_name = azurerm_resource_group.shared.name
}

# One identity for each thing that the pipeline does; neither has a secret.
resource "azurerm_user_assigned_identity" "pipeline" {
  for_each = var.service_connections

  name                = "${var.name}-${each.key}"
  resource_group_name = azurerm_resource_group.shared.name
  location            = azurerm_resource_group.shared.location
}

resource "azurerm_federated_identity_credential" "pipeline" {
  for_each = var.service_connections

  name                = "azure-devops"
  resource_group_name = azurerm_resource_group.shared.name
  parent_id           = azurerm_user_assigned_identity.pipeline[each.key].id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://vstoken.dev.azure.com/${var.organization_id}"
  subject             = each.value
}

resource "azurerm_role_assignment" "build" {
  for_each = {
    push = { scope = azurerm_container_registry.this.id, role = "AcrPush" }
    sign = { scope = azurerm_key_vault_key.images.resource_versionless_id, role = "Key Vault Crypto User" }
  }

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_user_assigned_identity.pipeline["build"].principal_id
}

module "region" {
  source   = "../../modules/azure-region"
  for_each = { for region in var.regions : region.location => region }

  name                    = "${var.name}-${each.key}"
  location                = each.value.location
  address_space           = each.value.address_space
  administrators_group_id = var.administrators_group_id
  deployer_principal_id   = azurerm_user_assigned_identity.pipeline["production"].principal_id
  registry_id             = azurerm_container_registry.this.id
  registry_dns_zone_id    = azurerm_private_dns_zone.registry.id
  pager_webhook           = var.pager_webhook
  # The region that waits runs no nodes of its own but the system's and the fewest that serve.
  general_nodes = { vm_size = "Standard_D2ds_v5", min = each.key == var.regions[0].location ? 3 : 2, max = 9 }
}
