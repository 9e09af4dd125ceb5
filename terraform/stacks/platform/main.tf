# Local zones are listed too once an account has opted in, and have no EFS.
data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_ssm_parameter" "amazon_linux_2023" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

locals {
  zones = slice(sort(data.aws_availability_zones.available.names), 0, 3)

  networks = { user = module.network_user, fsx = module.network_fsx, support = module.network_support }

  session_actions = [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ]

  # Literal names: the support network's endpoint policy refers to the buckets before the images exist.
  image_names          = { for role in ["workstation", "prometheus", "icinga"] : role => "${role}-image" }
  image_source_buckets = [for name in values(local.image_names) : "${name}-source-${data.aws_caller_identity.current.account_id}-${var.region}"]

  image_builder_objects = [
    for bucket in ["ec2imagebuilder-toe-${var.region}-prod", "ec2imagebuilder-managed-resources-${var.region}-prod"] :
    "arn:${data.aws_partition.current.partition}:s3:::${bucket}/*"
  ]

  mirror_bucket  = split(".", trimprefix(var.package_mirror.url, "https://"))[0]
  mirror_objects = ["arn:${data.aws_partition.current.partition}:s3:::${local.mirror_bucket}/*"]

  # The newest image, once the pipeline has built one. The rollout updates existing
  # machines, so this value applies to new users only.
  image_id = data.aws_ssm_parameter.image.insecure_value

  image_tag = module.golden_image["workstation"].image_tag
}

# Three networks, one for each box in the picture, without internet access. Their ranges must not overlap:
# the transit gateway routes between them.
module "network_user" {
  source = "../../modules/network"

  name               = "workspaces-user"
  cidr_block         = "10.20.0.0/20"
  availability_zones = local.zones
  # A machine registers, opens sessions, reports that it is ready, and logs. Prometheus finds machines and alerts.
  interface_services = {
    autoscaling = ["autoscaling:CompleteLifecycleAction"]
    ec2         = ["ec2:DescribeAvailabilityZones", "ec2:DescribeInstances"]
    kms         = ["kms:Decrypt"]
    logs        = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    sns         = ["sns:Publish"]
    ssm         = ["ssm:UpdateInstanceInformation"]
    ssmmessages = local.session_actions
  }
  # Machines take packages from the mirror.
  presigned_objects = local.mirror_objects
}

# The file system's servers are FSx's: they reach S3 without an endpoint of this VPC.
module "network_fsx" {
  source = "../../modules/network"

  name               = "workspaces-fsx"
  cidr_block         = "10.20.16.0/20"
  availability_zones = local.zones
  interface_services = {}
}

# Monitoring and image builds are here, where users have no access.
module "network_support" {
  source = "../../modules/network"

  name               = "production-support"
  cidr_block         = "10.20.32.0/20"
  availability_zones = local.zones
  interface_services = {
    ec2          = ["ec2:DescribeInstances"]
    imagebuilder = ["imagebuilder:GetComponent"]
    kms          = ["kms:Decrypt"]
    logs         = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    sns          = ["sns:Publish"]
    ssm          = ["ssm:UpdateInstanceInformation"]
    ssmmessages  = local.session_actions
  }
  buckets           = { for bucket in local.image_source_buckets : bucket => ["s3:GetObject", "s3:ListBucket"] }
  readable_objects  = local.image_builder_objects
  presigned_objects = local.mirror_objects
}

module "transit_gateway" {
  source = "../../modules/transit-gateway"

  name = "workspaces"
  networks = {
    for name, network in local.networks : name => {
      vpc_id         = network.vpc_id
      cidr_block     = network.vpc_cidr_block
      subnet_ids     = [for zone in local.zones : network.private_subnet_ids[zone]]
      route_table_id = network.private_route_table_id
    }
  }
  # Support and fsx are not connected.
  connections = [["user", "fsx"], ["support", "user"]]
}

module "workspace" {
  source = "../../modules/shared-workspace"

  name                     = "workspaces"
  user_ids                 = module.fleet.user_ids
  vpc_id                   = module.network_fsx.vpc_id
  subnet_id                = module.network_fsx.private_subnet_ids[local.zones[0]]
  cidr_block               = module.network_fsx.vpc_cidr_block
  client_cidr_block        = module.network_user.vpc_cidr_block
  client_security_group_id = module.fleet.machine_security_group_id
  alarm_topic_arn          = module.rollout.topic_arn
  force_destroy            = var.force_destroy
}

# Image Builder writes the id of a new image here, and the rollout the id of the old one when it
# rolls back. Terraform sets the first value and then ignores it.
resource "aws_ssm_parameter" "image" {
  name        = "/imagebuilder/workstations/image"
  description = "Id of the image that every workstation should run"
  type        = "String"
  data_type   = "aws:ec2:image"
  value       = data.aws_ssm_parameter.amazon_linux_2023.insecure_value

  lifecycle {
    ignore_changes = [value]
  }
}

# The images of the machines that watch the workstations. Each start of such a machine reads its parameter.
resource "aws_ssm_parameter" "support_image" {
  for_each = toset(["prometheus", "icinga"])

  name        = "/imagebuilder/${each.key}/image"
  description = "Id of the image that the ${each.key} machine starts from"
  type        = "String"
  data_type   = "aws:ec2:image"
  value       = data.aws_ssm_parameter.amazon_linux_2023.insecure_value

  lifecycle {
    ignore_changes = [value]
  }
}

module "golden_image" {
  source   = "../../modules/golden-image"
  for_each = local.image_names

  name                       = each.value
  ansible_role               = each.key
  package_mirror             = var.package_mirror
  image_parameter_name       = each.key == "workstation" ? aws_ssm_parameter.image.name : aws_ssm_parameter.support_image[each.key].name
  vpc_id                     = module.network_support.vpc_id
  subnet_id                  = module.network_support.private_subnet_ids[local.zones[0]]
  endpoint_security_group_id = module.network_support.endpoint_security_group_id
  s3_prefix_list_id          = module.network_support.s3_prefix_list_id
  force_destroy              = var.force_destroy

  depends_on = [aws_s3_bucket_policy.mirror]
}

# An account has one provider for GitHub: import it if it exists.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]

  tags = { Name = "github" }
}

module "image_publisher" {
  source   = "../../modules/image-publisher"
  for_each = local.image_names

  image_name   = each.value
  repository   = var.github_repository
  provider_arn = aws_iam_openid_connect_provider.github.arn
}

# Read when the first image has been built.
data "aws_ssm_parameter" "image" {
  name = aws_ssm_parameter.image.name

  depends_on = [module.golden_image]
}

module "fleet" {
  source = "../../modules/workstation-fleet"

  name                       = "workstations"
  users                      = var.users
  image_id                   = local.image_id
  vpc_id                     = module.network_user.vpc_id
  subnet_ids                 = module.network_user.private_subnet_ids
  endpoint_security_group_id = module.network_user.endpoint_security_group_id
  s3_prefix_list_id          = module.network_user.s3_prefix_list_id
  workspaces_source          = module.workspace.mount_source
  log_server                 = { url = module.logs.server.url, index = module.logs.server.index }
  alarm_topic_arns           = [module.rollout.topic_arn]
}

# An account has one such role: import it if it exists.
resource "aws_iam_service_linked_role" "opensearch" {
  aws_service_name = "opensearchservice.amazonaws.com"
}

# Elasticsearch beside the workstations, as drawn.
module "logs" {
  source = "../../modules/log-domain"

  name               = "workstation-logs"
  vpc_id             = module.network_user.vpc_id
  subnet_ids         = module.network_user.private_subnet_ids
  writer_role_arns   = values(module.fleet.machine_role_arns)
  lifecycle_role_arn = module.support_machine["prometheus"].role_arn
  alarm_topic_arn    = module.rollout.topic_arn
  client_security_group_ids = {
    workstations = module.fleet.machine_security_group_id
    prometheus   = module.support_machine["prometheus"].security_group_id
  }

  depends_on = [aws_iam_service_linked_role.opensearch]
}

module "rollout" {
  source = "../../modules/image-rollout"

  name                     = "workstations-rollout"
  fleet_name               = module.fleet.name
  image_parameter_name     = aws_ssm_parameter.image.name
  groups                   = module.fleet.groups_by_wave
  image_tag                = local.image_tag
  subnet_ids               = module.fleet.subnet_ids
  security_group_id        = module.fleet.machine_security_group_id
  email                    = var.alert_email
  machine_role_arn_pattern = module.fleet.machine_role_arn_pattern
  alarm_names              = module.fleet.alarm_names
  reported_alarm_names     = concat([module.workspace.alarm_name], module.logs.alarm_names)
  batch_size               = var.rollout.batch_size
  poll_seconds             = var.rollout.poll_seconds
  soak_seconds             = var.rollout.soak_seconds
}

# Prometheus beside the workstations, Icinga in production-support, as drawn.
module "support_machine" {
  source = "../../modules/support-machine"
  for_each = {
    prometheus = { network = module.network_user, peering = null }
    icinga = {
      network = module.network_support
      peering = { own_cidr_block = module.network_support.vpc_cidr_block, workstation_cidr_block = module.network_user.vpc_cidr_block }
    }
  }

  name                          = each.key
  image_id                      = "resolve:ssm:${aws_ssm_parameter.support_image[each.key].name}"
  fleet_name                    = module.fleet.name
  vpc_id                        = each.value.network.vpc_id
  subnet_ids                    = each.value.network.private_subnet_ids
  endpoint_security_group_id    = each.value.network.endpoint_security_group_id
  workstation_security_group_id = module.fleet.machine_security_group_id
  peering                       = each.value.peering
  log_server                    = each.key == "prometheus" ? module.logs.server : null
  topic_arn                     = module.rollout.topic_arn
  topic_key_arn                 = module.rollout.kms_key_arn

  depends_on = [module.golden_image]
}
