# Account, container and key come from -backend-config; whoever runs this is asked of Entra, and no account key exists.
terraform {
  backend "azurerm" {
    use_azuread_auth = true
  }
}
