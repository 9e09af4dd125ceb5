# Bucket and region come from -backend-config, and the key is the stack's name: a backend takes no variables,
# and the bucket of the state differs between accounts.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
