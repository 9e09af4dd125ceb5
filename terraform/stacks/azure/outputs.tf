output "clusters" {
  description = "Name of the cluster, and of its resource group, by region."
  value       = { for location, region in module.region : location => region.cluster_name }
}

output "deployers" {
  description = "Object id of the identity that azure-devops/platform/bootstrap.sh binds to the Role deployer, by region."
  value       = { for location, target in module.target : location => target.principal_id }
}

output "gateway_ranges" {
  description = "Address range of the gateway's load balancer, by region; choose `gateway` of a region from it."
  value       = { for location, region in module.region : location => region.gateway_range }
}

output "admission" {
  description = "Client id of the identity that azure-devops/platform/bootstrap.sh gives to Ratify, by region."
  value       = { for location, region in module.region : location => region.admission_client_id }
}
