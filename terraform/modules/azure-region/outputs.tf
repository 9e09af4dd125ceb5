output "cluster_name" {
  description = "Name of the cluster and of its resource group."
  value       = azurerm_kubernetes_cluster.this.name
}

output "cluster_id" {
  description = "Resource id of the cluster."
  value       = azurerm_kubernetes_cluster.this.id
}

output "oidc_issuer_url" {
  description = "Issuer URL for the federated credentials of pods."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "endpoints_subnet_id" {
  description = "Id of the subnet for private endpoints."
  value       = azurerm_subnet.this["endpoints"].id
}

output "agents_subnet_id" {
  description = "Id of the subnet for the pipelines' agents."
  value       = azurerm_subnet.this["agents"].id
}

output "network_id" {
  description = "Id of the network."
  value       = azurerm_virtual_network.this.id
}

output "resource_group_name" {
  description = "Resource group that holds the region's resources."
  value       = azurerm_resource_group.this.name
}

output "gateway_range" {
  description = "Address range of the subnet of the gateway's load balancer."
  value       = azurerm_subnet.this["gateway"].address_prefixes[0]
}

output "admission_client_id" {
  description = "Client id of the identity with which Ratify reads signatures."
  value       = azurerm_user_assigned_identity.admission.client_id
}
