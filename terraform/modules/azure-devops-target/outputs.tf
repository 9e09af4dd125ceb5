output "principal_id" {
  description = "Object id of the identity that the pipeline's steps use."
  value       = azurerm_user_assigned_identity.this["deploy"].principal_id
}

output "client_id" {
  description = "Client id of the same identity."
  value       = azurerm_user_assigned_identity.this["deploy"].client_id
}
