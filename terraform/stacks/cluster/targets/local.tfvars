# The emulator: everything can be thrown away.
region        = "eu-west-1"
force_destroy = true
access = {
  platform = { principal_arn = "arn:aws:iam::123456789012:role/platform-administrator", policy = "cluster-admin" }
}
