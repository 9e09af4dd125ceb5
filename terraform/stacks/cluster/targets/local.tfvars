# The emulator: an error is an error at once.
region        = "eu-west-1"
max_retries   = 2
force_destroy = true
access = {
  platform = { principal_arn = "arn:aws:iam::123456789012:role/platform-administrator", policy = "cluster-admin" }
}
