# Bucket and region come from -backend-config, and the key is the stack's name: a backend takes no variables,
# and which bucket holds the state is not the code's business.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
