resource "azurerm_key_vault" "this" {
  name                          = "${var.name}-keys"
  resource_group_name           = azurerm_resource_group.shared.name
  location                      = azurerm_resource_group.shared.location
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

# In hardware; it signs and verifies images and does nothing else.
resource "azurerm_key_vault_key" "images" {
  name         = "images"
  key_vault_id = azurerm_key_vault.this.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["sign", "verify"]
  # harness:ignore AZU-0014 the date is a variable without a default, which the scanner does not see; rotation makes the next.
  expiration_date = var.signing_key_expires

  rotation_policy {
    automatic {
      time_before_expiry = "P30D"
    }

    expire_after         = "P1Y"
    notify_before_expiry = "P60D"
  }

  lifecycle {
    # Rotation moves it.
    ignore_changes = [expiration_date]
  }
}

resource "azurerm_private_dns_zone" "vault" {
  name                = "privatelink.vaultcore.azure.net"
  resource_group_name = azurerm_resource_group.shared.name
}

resource "azurerm_private_dns_zone_virtual_network_link" "vault" {
  for_each = module.region

  name                  = each.key
  resource_group_name   = azurerm_resource_group.shared.name
  private_dns_zone_name = azurerm_private_dns_zone.vault.name
  virtual_network_id    = each.value.network_id
}

resource "azurerm_private_endpoint" "vault" {
  for_each = module.region

  name                = "${var.name}-vault-${each.key}"
  location            = each.key
  resource_group_name = azurerm_resource_group.shared.name
  subnet_id           = each.value.endpoints_subnet_id

  private_service_connection {
    name                           = "vault"
    private_connection_resource_id = azurerm_key_vault.this.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "vault"
    private_dns_zone_ids = [azurerm_private_dns_zone.vault.id]
  }
}
