resource "azurerm_user_assigned_identity" "cluster" {
  name                = "${var.name}-cluster"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
}

resource "azurerm_user_assigned_identity" "nodes" {
  name                = "${var.name}-nodes"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
}

# Before the cluster: AKS rejects a kubelet identity that its own identity may not assign, and nodes without pull access start no pod.
# https://learn.microsoft.com/azure/aks/use-managed-identity#use-a-pre-created-kubelet-managed-identity
resource "azurerm_role_assignment" "before" {
  for_each = {
    network = { scope = azurerm_virtual_network.this.id, role = "Network Contributor", principal = azurerm_user_assigned_identity.cluster.principal_id }
    nodes   = { scope = azurerm_user_assigned_identity.nodes.id, role = "Managed Identity Operator", principal = azurerm_user_assigned_identity.cluster.principal_id }
    pull    = { scope = var.registry_id, role = "AcrPull", principal = azurerm_user_assigned_identity.nodes.principal_id }
  }

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = each.value.principal
  principal_type       = "ServicePrincipal"
}

# After the cluster: the pipeline may fetch its address. A Kubernetes Role, bound by the platform, holds its permissions inside.
resource "azurerm_role_assignment" "connect" {
  scope                = azurerm_kubernetes_cluster.this.id
  role_definition_name = "Azure Kubernetes Service Cluster User Role"
  principal_id         = var.deployer_principal_id
  principal_type       = "ServicePrincipal"
}

# Ratify's identity: it reads signatures, and no other pod may use it.
# https://learn.microsoft.com/azure/aks/workload-identity-overview
resource "azurerm_user_assigned_identity" "admission" {
  name                = "${var.name}-admission"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
}

resource "azurerm_federated_identity_credential" "admission" {
  name                = "ratify"
  resource_group_name = azurerm_resource_group.this.name
  parent_id           = azurerm_user_assigned_identity.admission.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = azurerm_kubernetes_cluster.this.oidc_issuer_url
  subject             = "system:serviceaccount:gatekeeper-system:ratify-admin"
}

resource "azurerm_role_assignment" "admission" {
  scope                = var.registry_id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.admission.principal_id
  principal_type       = "ServicePrincipal"
}

# harness:ignore AZU-0067 disks hold images and logs only and are encrypted with the platform's keys; an own key would have to outlive each region.
resource "azurerm_kubernetes_cluster" "this" {
  name                = var.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  dns_prefix          = var.name
  kubernetes_version  = var.kubernetes_version
  # With an uptime SLA.
  sku_tier = "Standard"

  private_cluster_enabled           = true
  local_account_disabled            = true
  role_based_access_control_enabled = true
  workload_identity_enabled         = true
  oidc_issuer_enabled               = true
  # Image Integrity audits and refuses nothing: https://learn.microsoft.com/azure/aks/image-integrity#considerations-and-limitations
  # harness:ignore AZU-0066 Azure Policy brings a Gatekeeper of its own, and allows no other beside it.
  azure_policy_enabled      = false
  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"

  default_node_pool {
    name                         = "system"
    vm_size                      = "Standard_D2ds_v5"
    vnet_subnet_id               = azurerm_subnet.this["nodes"].id
    zones                        = length(var.zones) > 0 ? var.zones : null
    auto_scaling_enabled         = true
    min_count                    = 2
    max_count                    = 3
    only_critical_addons_enabled = true
    host_encryption_enabled      = true
    os_sku                       = "AzureLinux"
    temporary_name_for_rotation  = "systemtemp"

    upgrade_settings {
      max_surge = "33%"
    }
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cluster.id]
  }

  kubelet_identity {
    client_id                 = azurerm_user_assigned_identity.nodes.client_id
    object_id                 = azurerm_user_assigned_identity.nodes.principal_id
    user_assigned_identity_id = azurerm_user_assigned_identity.nodes.id
  }

  azure_active_directory_role_based_access_control {
    # Azure's built-in roles cannot write custom resources such as the application's HTTPRoute, so Kubernetes Roles apply.
    # https://learn.microsoft.com/azure/aks/concepts-cluster-authorization
    azure_rbac_enabled     = false
    admin_group_object_ids = [var.administrators_group_id]
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    load_balancer_sku   = "standard"
    outbound_type       = "userAssignedNATGateway"
    pod_cidr            = var.pod_cidr
    service_cidr        = var.service_cidr
    dns_service_ip      = cidrhost(var.service_cidr, 10)
  }

  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.this.id
    msi_auth_for_monitoring_enabled = true
  }

  maintenance_window_auto_upgrade {
    frequency   = "Weekly"
    interval    = 1
    day_of_week = "Tuesday"
    start_time  = "09:00"
    utc_offset  = "+00:00"
    duration    = 4
  }

  depends_on = [azurerm_role_assignment.before, azurerm_subnet_nat_gateway_association.this]

  lifecycle {
    # The autoscaler sets this number.
    ignore_changes = [default_node_pool[0].node_count]
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "general" {
  name                    = "general"
  kubernetes_cluster_id   = azurerm_kubernetes_cluster.this.id
  vm_size                 = var.general_nodes.vm_size
  vnet_subnet_id          = azurerm_subnet.this["nodes"].id
  zones                   = length(var.zones) > 0 ? var.zones : null
  auto_scaling_enabled    = true
  min_count               = var.general_nodes.min
  max_count               = var.general_nodes.max
  host_encryption_enabled = true
  os_sku                  = "AzureLinux"
  node_labels             = { "platform.example.com/node-type" = "general" }

  upgrade_settings {
    max_surge = "33%"
  }

  lifecycle {
    ignore_changes = [node_count]
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "spot" {
  name                    = "spot"
  kubernetes_cluster_id   = azurerm_kubernetes_cluster.this.id
  vm_size                 = var.spot_nodes.vm_size
  vnet_subnet_id          = azurerm_subnet.this["nodes"].id
  zones                   = length(var.zones) > 0 ? var.zones : null
  auto_scaling_enabled    = true
  min_count               = var.spot_nodes.min
  max_count               = var.spot_nodes.max
  priority                = "Spot"
  eviction_policy         = "Delete"
  spot_max_price          = -1
  host_encryption_enabled = true
  os_sku                  = "AzureLinux"
  node_labels             = { "platform.example.com/node-type" = "spot", "kubernetes.azure.com/scalesetpriority" = "spot" }
  # The manifests use the first; AKS sets the second itself, and without it every plan would show a difference.
  node_taints = ["platform.example.com/node-type=spot:NoSchedule", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]

  lifecycle {
    ignore_changes = [node_count]
  }
}
