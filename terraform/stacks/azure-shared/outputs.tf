output "registry_id" {
  description = "Resource id of the registry: `registry_id` of the environments."
  value       = azurerm_container_registry.this.id
}

output "registry" {
  description = "Host of the registry, which the overlays `aks` name."
  value       = azurerm_container_registry.this.login_server
}

output "vault" {
  description = "Name of the vault that azure-devops/platform/signing-certificate.sh asks for."
  value       = azurerm_key_vault.this.name
}
