data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  # Written out: its own role and key name it before it exists.
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.name}"
  parameter_arn     = "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter${var.image_parameter_name}"

  file = jsondecode(file("${path.module}/rollout.asl.json"))
  # The file runs as it is; only its first state's values are replaced.
  definition = merge(local.file, {
    States = merge(local.file.States, {
      Settings = merge(local.file.States.Settings, {
        Result = {
          fleet       = var.fleet_name
          parameter   = var.image_parameter_name
          table       = aws_dynamodb_table.this.name
          topicArn    = aws_sns_topic.this.arn
          alarmNames  = var.alarm_names
          batchSize   = var.batch_size
          pollSeconds = var.poll_seconds
          maxPolls    = ceil(var.replacement_minutes * 60 / var.poll_seconds)
          soakSeconds = var.soak_seconds
        }
      })
    })
  })
}

resource "aws_sfn_state_machine" "this" {
  name       = var.name
  role_arn   = aws_iam_role.rollout.arn
  definition = jsonencode(local.definition)

  logging_configuration {
    level = "ALL"
    # Ids of images, machines and groups; nothing of what users do.
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  # AWS checks that the role may deliver logs when the machine is made.
  depends_on = [aws_iam_role_policy.rollout]
}

# The item "lock" says which execution runs, "good" what image the fleet runs soundly.
resource "aws_dynamodb_table" "this" {
  name         = var.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.this.arn
  }

  point_in_time_recovery {
    enabled = true
  }

  tags = { Name = var.name }
}

resource "aws_dynamodb_table_item" "good" {
  table_name = aws_dynamodb_table.this.name
  hash_key   = aws_dynamodb_table.this.hash_key
  item       = jsonencode({ id = { S = "good" }, image = { S = var.first_good_image_id } })

  lifecycle {
    # Every rollout that succeeds writes its own.
    ignore_changes = [item]
  }
}
