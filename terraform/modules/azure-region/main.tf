resource "azurerm_resource_group" "this" {
  name     = var.name
  location = var.location
}

resource "azurerm_virtual_network" "this" {
  name                = var.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  address_space       = [var.address_space]
}

resource "azurerm_subnet" "this" {
  for_each = { nodes = 0, endpoints = 16, agents = 17, gateway = 18 }

  name                            = each.key
  resource_group_name             = azurerm_resource_group.this.name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(var.address_space, each.key == "nodes" ? 4 : 8, each.value)]
  default_outbound_access_enabled = false
}

# Denies everything that no rule below allows: the default rules of a security group allow the whole network.
resource "azurerm_network_security_group" "this" {
  name                = var.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name

  security_rule {
    name                       = "https-within"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefixes    = concat([var.address_space], var.client_ranges)
    source_port_range          = "*"
    destination_address_prefix = var.address_space
    destination_port_range     = "443"
  }

  # Traffic among pods is not encapsulated, so these rules see the pods' own addresses.
  # https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#network-security-groups
  security_rule {
    name                         = "nodes-and-pods-among-themselves"
    priority                     = 110
    direction                    = "Inbound"
    access                       = "Allow"
    protocol                     = "*"
    source_address_prefixes      = [azurerm_subnet.this["nodes"].address_prefixes[0], var.pod_cidr]
    source_port_range            = "*"
    destination_address_prefixes = [azurerm_subnet.this["nodes"].address_prefixes[0], var.pod_cidr]
    destination_port_range       = "*"
  }

  security_rule {
    name                       = "load-balancer-probes"
    priority                   = 120
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = "AzureLoadBalancer"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }

  security_rule {
    name                       = "nothing-else"
    priority                   = 4000
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_address_prefix      = "*"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each = azurerm_subnet.this

  subnet_id                 = each.value.id
  network_security_group_id = azurerm_network_security_group.this.id
}

# Egress of the nodes to Azure's API; the applications' network policies limit the pods.
resource "azurerm_public_ip" "egress" {
  name                = "${var.name}-egress"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  allocation_method   = "Static"
  sku                 = "Standard"
}

resource "azurerm_nat_gateway" "this" {
  name                = var.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  sku_name            = "Standard"
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  nat_gateway_id       = azurerm_nat_gateway.this.id
  public_ip_address_id = azurerm_public_ip.egress.id
}

resource "azurerm_subnet_nat_gateway_association" "this" {
  for_each = { for name, subnet in azurerm_subnet.this : name => subnet if contains(["nodes", "agents"], name) }

  subnet_id      = each.value.id
  nat_gateway_id = azurerm_nat_gateway.this.id
}

# A zone for each network: two endpoints of one registry in one zone would overwrite each other's record.
# https://learn.microsoft.com/azure/private-link/private-endpoint-dns-integration
resource "azurerm_private_dns_zone" "registry" {
  name                = "privatelink.azurecr.io"
  resource_group_name = azurerm_resource_group.this.name
}

resource "azurerm_private_dns_zone_virtual_network_link" "registry" {
  name                  = var.name
  resource_group_name   = azurerm_resource_group.this.name
  private_dns_zone_name = azurerm_private_dns_zone.registry.name
  virtual_network_id    = azurerm_virtual_network.this.id
}

resource "azurerm_private_endpoint" "registry" {
  name                = "${var.name}-registry"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  subnet_id           = azurerm_subnet.this["endpoints"].id

  private_service_connection {
    name                           = "registry"
    private_connection_resource_id = var.registry_id
    subresource_names              = ["registry"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "registry"
    private_dns_zone_ids = [azurerm_private_dns_zone.registry.id]
  }
}
