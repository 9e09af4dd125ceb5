# Two identities without a secret: one for the pipeline's steps, one with which Azure DevOps starts and stops agents.
resource "azurerm_user_assigned_identity" "this" {
  for_each = local.connections

  name                = each.value
  location            = var.location
  resource_group_name = var.resource_group_name
}

resource "azuredevops_serviceendpoint_azurerm" "this" {
  for_each = local.connections

  project_id                             = var.project_id
  service_endpoint_name                  = each.value
  service_endpoint_authentication_scheme = "WorkloadIdentityFederation"
  azurerm_spn_tenantid                   = var.tenant_id
  azurerm_subscription_id                = var.subscription_id
  azurerm_subscription_name              = var.subscription_name

  credentials {
    serviceprincipalid = azurerm_user_assigned_identity.this[each.key].client_id
  }
}

# Azure DevOps chooses issuer and subject of its tokens and has changed both, so they are read from the connection.
# https://learn.microsoft.com/azure/devops/pipelines/release/configure-workload-identity
resource "azurerm_federated_identity_credential" "this" {
  for_each = local.connections

  name                = "azure-devops"
  resource_group_name = var.resource_group_name
  parent_id           = azurerm_user_assigned_identity.this[each.key].id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = azuredevops_serviceendpoint_azurerm.this[each.key].workload_identity_federation_issuer
  subject             = azuredevops_serviceendpoint_azurerm.this[each.key].workload_identity_federation_subject
}

resource "azuredevops_variable_group" "this" {
  project_id   = var.project_id
  name         = var.name
  description  = "What the pipelines need to know of ${var.name}; nothing is secret."
  allow_access = false

  dynamic "variable" {
    for_each = var.variables

    content {
      name  = variable.key
      value = variable.value
    }
  }
}

resource "azuredevops_environment" "this" {
  count = var.is_deployed_to ? 1 : 0

  project_id  = var.project_id
  name        = var.name
  description = "Releases of the claims model in ${var.name}."
}
