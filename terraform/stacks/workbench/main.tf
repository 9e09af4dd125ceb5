data "aws_caller_identity" "current" {}

# Local zones are listed too once an account has opted in, and hold no databases.
data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

# Amazon keeps the newest image's id here, which is exact. A search for the
# most recent image by name can match other images.
data "aws_ssm_parameter" "amazon_linux_2023" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

locals {
  zones = slice(sort(data.aws_availability_zones.available.names), 0, 2)
}

module "network" {
  source = "../../modules/network"

  name                  = "workbench"
  availability_zones    = local.zones
  amazon_linux_packages = true
}

module "workbench" {
  source = "../../modules/workbench"

  name                       = "workbench1"
  instance_type              = "t2.micro"
  ami_id                     = data.aws_ssm_parameter.amazon_linux_2023.insecure_value
  vpc_id                     = module.network.vpc_id
  subnet_id                  = module.network.private_subnet_ids[local.zones[0]]
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
  termination_protection     = var.deletion_protection
}

module "database" {
  source = "../../modules/aurora-cluster"

  name                      = "workbench-db"
  availability_zones        = local.zones
  max_connections           = 16000
  instance_class            = "db.r6g.8xlarge"
  vpc_id                    = module.network.vpc_id
  subnet_ids                = [for zone in local.zones : module.network.private_subnet_ids[zone]]
  client_security_group_ids = { workbench1 = module.workbench.security_group_id }
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = var.skip_final_snapshot
}

# The workbench's group allows egress to AWS only; the stack adds other destinations,
# because it has both ends.
resource "aws_vpc_security_group_egress_rule" "workbench_to_database" {
  security_group_id            = module.workbench.security_group_id
  description                  = "MySQL to the database"
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
  referenced_security_group_id = module.database.security_group_id
}

module "buckets" {
  source = "../../modules/bucket-pair"

  name_prefix       = "${var.bucket_prefix}-${data.aws_caller_identity.current.account_id}-${var.region}"
  reader_account_id = var.reader_account_id
  force_destroy     = var.force_destroy
}

module "users" {
  source = "../../modules/iam-group"

  name  = "workbench-users"
  users = ["vera", "chuck", "dave"]
}
