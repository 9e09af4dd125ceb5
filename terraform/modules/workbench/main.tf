data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_subnet" "this" {
  id = var.subnet_id
}

resource "aws_kms_key" "volume" {
  description         = "Root volume of ${var.name}"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountAdministersItsKey"
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })

  tags = { Name = "${var.name}-volume" }
}

resource "aws_kms_alias" "volume" {
  name          = "alias/${var.name}-volume"
  target_key_id = aws_kms_key.volume.key_id
}

# No ingress rule: Session Manager's agent opens all connections.
resource "aws_security_group" "this" {
  name        = var.name
  description = "HTTPS to the VPC's endpoints and S3, nothing in"
  vpc_id      = var.vpc_id

  tags = { Name = var.name }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.this.id
  description                  = "HTTPS to the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = var.endpoint_security_group_id
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  security_group_id = aws_security_group.this.id
  description       = "HTTPS to S3 through the gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = var.s3_prefix_list_id
}

resource "aws_instance" "this" {
  ami                     = var.ami_id
  instance_type           = var.instance_type
  subnet_id               = var.subnet_id
  vpc_security_group_ids  = [aws_security_group.this.id]
  iam_instance_profile    = aws_iam_instance_profile.this.name
  disable_api_termination = var.termination_protection

  # Metrics every five minutes are free and enough for a machine people work on;
  # those every minute are useful only for scaling.
  monitoring = false

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # One hop keeps the credentials from containers and proxies.
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  root_block_device {
    encrypted             = true
    kms_key_id            = aws_kms_key.volume.arn
    volume_type           = "gp3"
    volume_size           = var.root_volume_gib
    delete_on_termination = true
    tags                  = { Name = "${var.name}-root" }
  }

  tags = { Name = var.name }

  lifecycle {
    # A new image appears every other week, and another image replaces the machine
    # with all its data. To replace it on purpose: terraform apply -replace.
    ignore_changes = [ami]

    # The subnet assigns public addresses, so this cannot be set for this
    # machine alone. The precondition runs before anything is created.
    precondition {
      condition     = !data.aws_subnet.this.map_public_ip_on_launch
      error_message = "The subnet ${var.subnet_id} assigns public addresses: choose a private subnet for the workbench."
    }
  }
}
