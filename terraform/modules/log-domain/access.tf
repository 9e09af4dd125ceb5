locals {
  # An API path is a subresource of the domain. A principal not named here has no access, except through its
  # own policy: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html
  access_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Only the week in a machine's index name may vary.
        Sid       = "WriteByBulk"
        Effect    = "Allow"
        Principal = { AWS = sort(var.writer_role_arns) }
        Action    = "es:ESHttpPost"
        Resource  = "${local.domain_arn}/${var.index}-*/_bulk"
      },
      {
        # Search and count also accept their query with GET.
        Sid       = "Read"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.reader.arn }
        Action    = ["es:ESHttpGet", "es:ESHttpHead"]
        Resource  = "${local.domain_arn}/${var.index}-*"
      },
      {
        # Terraform's AWS provider reaches no API inside the domain, so a machine sets lifecycle and template.
        # https://docs.opensearch.org/latest/im-plugin/ism/api/
        Sid       = "SetTheLifecycle"
        Effect    = "Allow"
        Principal = { AWS = var.lifecycle_role_arn }
        Action    = ["es:ESHttpGet", "es:ESHttpPut"]
        Resource = [
          "${local.domain_arn}/_index_template/${var.index}",
          "${local.domain_arn}/_plugins/_ism/policies/${var.index}",
        ]
      },
      {
        Sid       = "ApplyTheLifecycle"
        Effect    = "Allow"
        Principal = { AWS = var.lifecycle_role_arn }
        Action    = "es:ESHttpPost"
        Resource = [
          "${local.domain_arn}/_plugins/_ism/add/${var.index}-*",
          "${local.domain_arn}/_plugins/_ism/change_policy/${var.index}-*",
        ]
      },
    ]
  })
}

# The role that a person assumes; the principal's tag names the person, as in workstation-fleet.
resource "aws_iam_role" "reader" {
  name                 = "${var.name}-reader"
  description          = "Reads the logs ${var.name} and changes nothing"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:PrincipalTag/LogReader" = var.name } }
    }]
  })

  tags = { Name = "${var.name}-reader" }
}
