output "registry" {
  description = "Host of the registry: the variable `registry` of the pipelines."
  value       = azurerm_container_registry.this.login_server
}

output "signing_key" {
  description = "The key that signs images: the variable `signingKey` of the pipelines."
  value       = azurerm_key_vault_key.images.versionless_id
}

output "clusters" {
  description = "Name of the cluster, and of its resource group, by region."
  value       = { for location, region in module.region : location => region.cluster_name }
}

output "client_ids" {
  description = "Client ids for the service connections, by connection."
  value       = { for name, identity in azurerm_user_assigned_identity.pipeline : name => identity.client_id }
}
