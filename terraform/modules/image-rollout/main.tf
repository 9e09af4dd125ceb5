data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # A literal ARN: its role and key refer to it before it exists.
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.name}"
  parameter_arn     = "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter${var.image_parameter_name}"

  definition = yamldecode(templatefile("${path.module}/rollout.asl.yaml", {
    # Empty waves are omitted.
    waves        = jsonencode([for wave in [var.groups.first, var.groups.rest] : wave if length(wave) > 0])
    parameter    = var.image_parameter_name
    tag_key      = var.image_tag.key
    tag_value    = var.image_tag.value
    alarms       = jsonencode(var.alarm_names)
    topic_arn    = aws_sns_topic.this.arn
    batch_size   = var.batch_size
    poll_seconds = var.poll_seconds
    soak_seconds = var.soak_seconds
  }))
}

resource "aws_sfn_state_machine" "this" {
  name       = var.name
  role_arn   = aws_iam_role.rollout.arn
  definition = jsonencode(local.definition)

  logging_configuration {
    level = "ALL"
    # Ids of images, machines and groups; no user activity.
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  # AWS checks that the role may deliver logs when it creates the state machine.
  depends_on = [aws_iam_role_policy.rollout]
}
