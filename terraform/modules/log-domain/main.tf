data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # A literal name, because policies refer to it before it exists.
  domain_arn = "arn:${local.partition}:es:${local.region}:${local.account_id}:domain/${var.name}"
}

# A domain in a VPC has addresses in these subnets only. The service creates the network interfaces with the
# role AWSServiceRoleForAmazonOpenSearchService, which must exist before:
# https://docs.aws.amazon.com/opensearch-service/latest/developerguide/slr.html
# harness:ignore AWS-0042 audit logs need fine-grained access control, a second set of roles inside the domain
resource "aws_opensearch_domain" "this" {
  domain_name     = var.name
  engine_version  = var.engine_version
  access_policies = local.access_policy

  # Otherwise the body of a bulk request may name another index than its path, which the access policy compares:
  # https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_AdvancedOptionsStatus.html
  advanced_options = {
    "rest.action.multi.allow_explicit_index" = "false"
  }

  # One node in each of three zones: a domain of two loses its majority with one of them.
  # https://docs.aws.amazon.com/securityhub/latest/userguide/opensearch-controls.html, Opensearch.6
  cluster_config {
    instance_type          = var.instance_type
    instance_count         = length(var.subnet_ids)
    zone_awareness_enabled = true

    zone_awareness_config {
      availability_zone_count = length(var.subnet_ids)
    }
  }

  vpc_options {
    subnet_ids         = values(var.subnet_ids)
    security_group_ids = [aws_security_group.this.id]
  }

  ebs_options {
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = var.volume_gib
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = aws_kms_key.this.arn
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  software_update_options {
    auto_software_update_enabled = true
  }

  log_publishing_options {
    log_type                 = "ES_APPLICATION_LOGS"
    cloudwatch_log_group_arn = aws_cloudwatch_log_group.this.arn
  }

  tags = { Name = var.name }

  # The service tries to write before it accepts a log group.
  depends_on = [aws_cloudwatch_log_resource_policy.this]
}

resource "aws_security_group" "this" {
  name        = "${var.name}-domain"
  description = "HTTPS from the machines that write and read logs, nothing out"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-domain" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "HTTPS from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = each.value
}

resource "aws_vpc_security_group_egress_rule" "clients" {
  for_each = var.client_security_group_ids

  security_group_id            = each.value
  description                  = "HTTPS to the logs ${var.name}"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.this.id
}
