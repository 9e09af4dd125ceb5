# Agents inside the network: registry, vault and API server have no public address, so hosted agents cannot reach them.
# Settings of the scale set: https://learn.microsoft.com/azure/devops/pipelines/agents/scale-set-agents
resource "azurerm_linux_virtual_machine_scale_set" "agents" {
  name                        = "${var.name}-agents"
  location                    = var.location
  resource_group_name         = var.resource_group_name
  sku                         = "Standard_D2ds_v5"
  instances                   = 0
  overprovision               = false
  upgrade_mode                = "Manual"
  single_placement_group      = false
  platform_fault_domain_count = 1
  encryption_at_host_enabled  = true
  admin_username              = "agent"
  custom_data                 = base64encode(file("${path.module}/agent.yaml"))

  # Azure requires a key. No rule allows port 22, so nobody can use it.
  admin_ssh_key {
    username   = "agent"
    public_key = var.ssh_public_key
  }

  source_image_reference {
    publisher = "Canonical"
    offer     = "0001-com-ubuntu-server-jammy"
    sku       = "22_04-lts-gen2"
    version   = "latest"
  }

  os_disk {
    caching              = "ReadOnly"
    storage_account_type = "StandardSSD_LRS"
  }

  network_interface {
    name    = "agents"
    primary = true

    ip_configuration {
      name      = "agents"
      primary   = true
      subnet_id = var.subnet_id
    }
  }

  lifecycle {
    # Azure DevOps sets the number of instances, its own extension and tags.
    ignore_changes = [instances, extension, tags]
  }
}

resource "azurerm_role_assignment" "agents" {
  scope                = azurerm_linux_virtual_machine_scale_set.agents.id
  role_definition_name = "Virtual Machine Contributor"
  principal_id         = azurerm_user_assigned_identity.this["agents"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azuredevops_elastic_pool" "this" {
  name                   = var.name
  service_endpoint_id    = azuredevops_serviceendpoint_azurerm.this["agents"].id
  service_endpoint_scope = var.project_id
  azure_resource_id      = azurerm_linux_virtual_machine_scale_set.agents.id
  desired_idle           = 0
  max_capacity           = var.agents
  recycle_after_each_use = true
  auto_provision         = false

  depends_on = [azurerm_federated_identity_credential.this, azurerm_role_assignment.agents]
}

resource "azuredevops_agent_queue" "this" {
  project_id    = var.project_id
  agent_pool_id = azuredevops_elastic_pool.this.id
}
