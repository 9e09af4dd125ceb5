# Account, container and key come from -backend-config. Entra authenticates the caller; no account key exists.
terraform {
  backend "azurerm" {
    use_azuread_auth = true
  }
}
