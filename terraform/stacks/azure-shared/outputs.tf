output "registry_id" {
  description = "Resource id of the registry: `registry_id` of the environments."
  value       = azurerm_container_registry.this.id
}

output "registry" {
  description = "Host name of the registry, used by the overlays `aks`."
  value       = azurerm_container_registry.this.login_server
}

output "vault" {
  description = "Name of the vault, an argument of azure-devops/platform/signing-certificate.sh."
  value       = azurerm_key_vault.this.name
}
