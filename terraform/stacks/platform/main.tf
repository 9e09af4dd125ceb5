# Local zones are listed too once an account has opted in, and have no EFS.
data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_partition" "current" {}

data "aws_ssm_parameter" "amazon_linux_2023" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

locals {
  zones = slice(sort(data.aws_availability_zones.available.names), 0, 3)

  image_builder_objects = [
    for bucket in ["ec2imagebuilder-toe-${var.region}-prod", "ec2imagebuilder-managed-resources-${var.region}-prod"] :
    "arn:${data.aws_partition.current.partition}:s3:::${bucket}/*"
  ]

  # The newest image, once there is one of our own. Machines that exist are the
  # rollout's business, so this decides about new users' only.
  image_id = data.aws_ssm_parameter.image.insecure_value

  # On the emulator images are registered by hand, with the same tag.
  image_tag = try(module.golden_image[0].image_tag, { key = "Pipeline", value = "workstation-image" })
}

module "network" {
  source = "../../modules/network"

  name               = "platform"
  availability_zones = local.zones
  interface_services = {
    autoscaling  = ["autoscaling:CompleteLifecycleAction"]
    imagebuilder = ["imagebuilder:GetComponent"]
    kms          = ["kms:Decrypt"]
    logs         = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    ssm          = ["ssm:UpdateInstanceInformation"]
    ssmmessages = [
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
  }
  readable_objects = local.image_builder_objects
}

# Image Builder writes a new image's id here, and the rollout the old one's when it
# goes back. Terraform gives the first value and never looks at it again.
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

module "golden_image" {
  source = "../../modules/golden-image"
  count  = var.is_emulated ? 0 : 1

  name                       = "workstation-image"
  package_mirror             = var.package_mirror
  image_parameter_name       = aws_ssm_parameter.image.name
  vpc_id                     = module.network.vpc_id
  subnet_id                  = module.network.private_subnet_ids[local.zones[0]]
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
  force_destroy              = var.force_destroy
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
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = module.network.private_subnet_ids
  endpoint_security_group_id = module.network.endpoint_security_group_id
  s3_prefix_list_id          = module.network.s3_prefix_list_id
  backups                    = !var.is_emulated
  alarm_topic_arns           = [module.rollout.topic_arn]
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
  batch_size               = var.rollout.batch_size
  poll_seconds             = var.rollout.poll_seconds
  soak_seconds             = var.rollout.soak_seconds
}
