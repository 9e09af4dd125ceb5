provider "azurerm" {
  subscription_id = var.subscription_id
  features {}
}

# Uses the caller's sign-in: `az login`, or AZDO_PERSONAL_ACCESS_TOKEN.
provider "azuredevops" {
  org_service_url = var.organization_url
}

data "azurerm_subscription" "this" {
  subscription_id = var.subscription_id
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-shared"
  location = var.location
}

# One registry for every environment: production runs the digests that staging tested.
resource "azurerm_container_registry" "this" {
  name                          = var.name
  resource_group_name           = azurerm_resource_group.this.name
  location                      = azurerm_resource_group.this.location
  sku                           = "Premium"
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  zone_redundancy_enabled       = true
  # No retention policy: it deletes untagged manifests, and a signature is one. Microsoft advises against it where images are
  # pulled by digest, and a push of signatures failed with it.
  # https://learn.microsoft.com/azure/container-registry/container-registry-retention-policy
  # https://github.com/oras-project/oras/issues/1382

  georeplications {
    location                = var.replica_location
    zone_redundancy_enabled = false
  }
}

resource "azurerm_key_vault" "this" {
  name                          = "${var.name}-keys"
  resource_group_name           = azurerm_resource_group.this.name
  location                      = azurerm_resource_group.this.location
  tenant_id                     = var.tenant_id
  sku_name                      = "premium"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = false

  network_acls {
    default_action = "Deny"
    bypass         = "None"
  }
}

# The certificate that signs is made by azure-devops/platform/signing-certificate.sh, inside the network: the vault's data
# plane is closed to the caller. Roles: https://learn.microsoft.com/azure/container-registry/container-registry-tutorial-sign-build-push
resource "azurerm_role_assignment" "this" {
  for_each = {
    push    = { scope = azurerm_container_registry.this.id, role = "AcrPush", principal = module.build.principal_id, type = "ServicePrincipal" }
    sign    = { scope = azurerm_key_vault.this.id, role = "Key Vault Crypto User", principal = module.build.principal_id, type = "ServicePrincipal" }
    read    = { scope = azurerm_key_vault.this.id, role = "Key Vault Certificate User", principal = module.build.principal_id, type = "ServicePrincipal" }
    certify = { scope = azurerm_key_vault.this.id, role = "Key Vault Certificates Officer", principal = var.administrators_group_id, type = "Group" }
  }

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = each.value.principal
  principal_type       = each.value.type
}

# Pushes and signs; it deploys nothing.
module "build" {
  source = "../../modules/azure-devops-target"

  name                = "claims-build"
  project_id          = var.project_id
  tenant_id           = var.tenant_id
  subscription_id     = var.subscription_id
  subscription_name   = data.azurerm_subscription.this.display_name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  subnet_id           = azurerm_subnet.this["agents"].id
  ssh_public_key      = var.ssh_public_key
  is_deployed_to      = false
  variables = {
    registry   = azurerm_container_registry.this.login_server
    signingKey = "${azurerm_key_vault.this.vault_uri}certificates/images"
  }
}
