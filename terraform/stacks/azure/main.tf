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

locals {
  # The second region is a separate target with its own agents; the pipeline releases to it in turn.
  targets = { for index, region in var.regions : region.location => index == 0 ? "claims-${var.environment}" : "claims-recovery" }
  regions = { for region in var.regions : region.location => region }
}

module "region" {
  source   = "../../modules/azure-region"
  for_each = local.regions

  name                    = "${var.name}-${each.key}"
  location                = each.value.location
  address_space           = each.value.address_space
  zones                   = each.value.zones
  client_ranges           = var.client_ranges
  administrators_group_id = var.administrators_group_id
  deployer_principal_id   = module.target[each.key].principal_id
  registry_id             = var.registry_id
  pager_webhook           = var.pager_webhook
  # The standby region runs the minimum number of nodes.
  general_nodes = { vm_size = "Standard_D2ds_v5", min = each.key == var.serving && length(each.value.zones) > 0 ? 3 : 2, max = 9 }
}

module "target" {
  source   = "../../modules/azure-devops-target"
  for_each = local.regions

  name                = local.targets[each.key]
  project_id          = var.project_id
  tenant_id           = var.tenant_id
  subscription_id     = var.subscription_id
  subscription_name   = data.azurerm_subscription.this.display_name
  location            = each.value.location
  resource_group_name = module.region[each.key].resource_group_name
  subnet_id           = module.region[each.key].agents_subnet_id
  ssh_public_key      = var.ssh_public_key
  approvers           = var.approvers
  variables = {
    # Names, not outputs: the cluster needs this target's identity first.
    group   = "${var.name}-${each.key}"
    cluster = "${var.name}-${each.key}"
    address = "https://${var.domain}"
    gateway = each.value.gateway == null ? "none" : each.value.gateway
    # The host follows from the registry's name.
    registry = "${regex("[a-z0-9]+$", var.registry_id)}.azurecr.io"
  }
}

# A deployment reads the signature next to the image with this environment's identity, not with the one that signed.
resource "azurerm_role_assignment" "verify" {
  for_each = module.target

  scope                = var.registry_id
  role_definition_name = "AcrPull"
  principal_id         = each.value.principal_id
  principal_type       = "ServicePrincipal"
}

# The DNS name is in the region that takes over: a resource group cannot be changed while its region is down.
# https://learn.microsoft.com/azure/azure-resource-manager/management/overview#resource-group-location-alignment
resource "azurerm_resource_group" "name" {
  name     = "${var.name}-name"
  location = var.regions[length(var.regions) - 1].location
}

resource "azurerm_private_dns_zone" "name" {
  name                = var.domain
  resource_group_name = azurerm_resource_group.name.name
}

resource "azurerm_private_dns_zone_virtual_network_link" "name" {
  for_each = module.region

  name                  = each.key
  resource_group_name   = azurerm_resource_group.name.name
  private_dns_zone_name = azurerm_private_dns_zone.name.name
  virtual_network_id    = each.value.network_id
}

resource "azurerm_private_dns_a_record" "name" {
  count = local.regions[var.serving].gateway == null ? 0 : 1

  name                = "@"
  zone_name           = azurerm_private_dns_zone.name.name
  resource_group_name = azurerm_resource_group.name.name
  # Clients resolve the name again after a minute, which a recovery must wait for.
  ttl     = 60
  records = [local.regions[var.serving].gateway]
}
