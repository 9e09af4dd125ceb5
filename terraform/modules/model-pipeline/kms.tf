locals {
  log_group_name = "/aws/vendedlogs/states/${var.name}-retrain"

  key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministersItsKey"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "OnlyThisLogGroup"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${local.own}:log-group:${local.log_group_name}" } }
      },
      {
        # EventBridge to the dead-letter queue. AWS documents aws:SourceAccount as unsupported for EventBridge with an
        # encrypted topic and names no support for a queue, so the queue's ARN, which SQS sends as encryption context,
        # narrows the key. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
        Sid       = "OwnRules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = "arn:${local.partition}:sqs:${local.own}:${var.name}-drift-dead-letters" } }
      },
    ]
  })
}

resource "aws_kms_key" "this" {
  description         = "Images, models, reports, lock and logs of ${var.name}"
  enable_key_rotation = true
  policy              = local.key_policy

  tags = { Name = var.name }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}-pipeline"
  target_key_id = aws_kms_key.this.key_id
}
