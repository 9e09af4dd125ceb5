# A real account. Put the ARNs of your own roles here: EKS refuses roles that do not exist.
region        = "eu-west-1"
force_destroy = false
access = {
  platform   = { principal_arn = "arn:aws:iam::111122223333:role/platform-administrator", policy = "cluster-admin" }
  deployment = { principal_arn = "arn:aws:iam::111122223333:role/claims-deployment", policy = "edit", namespaces = ["claims", "report"] }
}
