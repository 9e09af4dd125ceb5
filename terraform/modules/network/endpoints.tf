locals {
  # An intruder in the network cannot use these endpoints with credentials of
  # another account, the usual path of exfiltration, or for an action
  # that is not listed.
  interface_endpoint_policies = {
    for service, actions in var.interface_services : service => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid       = "NamedActionsOfTheOwnAccount"
        Effect    = "Allow"
        Principal = "*"
        Action    = sort(actions)
        Resource  = "*"
        Condition = { StringEquals = { "aws:PrincipalAccount" = local.account_id } }
      }]
    })
  }

  s3_statements = concat(
    [for bucket, allowed in var.buckets : {
      Sid       = "Bucket${replace(bucket, "/[^A-Za-z0-9]/", "")}"
      Effect    = "Allow"
      Principal = "*"
      Action    = sort(allowed)
      Resource  = ["arn:${local.partition}:s3:::${bucket}", "arn:${local.partition}:s3:::${bucket}/*"]
      Condition = {
        StringEquals = {
          "aws:PrincipalAccount" = local.account_id
          "aws:ResourceAccount"  = local.account_id
        }
      }
    }],
    # dnf sends no credentials, so a condition on the account would never match.
    !var.amazon_linux_packages ? [] : [{
      Sid       = "AmazonLinuxPackages"
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "arn:${local.partition}:s3:::al2023-repos-${local.region}-de612dc2/*"
    }],
    length(var.readable_objects) == 0 ? [] : [{
      Sid       = "ObjectsOfAWSServices"
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = sort(var.readable_objects)
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account_id } }
    }],
    # The service signed the request, so the caller's account is the service's.
    length(var.presigned_objects) == 0 ? [] : [{
      Sid       = "ObjectsSignedForByAWSServices"
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = sort(var.presigned_objects)
    }],
  )
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "HTTPS from inside the VPC to the interface endpoints"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_https" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from inside the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = aws_vpc.this.cidr_block
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_services

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for zone in var.availability_zones : aws_subnet.private[zone].id]
  security_group_ids  = [aws_security_group.endpoints.id]
  policy              = local.interface_endpoint_policies[each.key]

  tags = { Name = "${var.name}-${each.key}" }
}

# A network whose machines need nothing from S3 has no endpoint for it.
resource "aws_vpc_endpoint" "s3" {
  count = length(local.s3_statements) > 0 ? 1 : 0

  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  policy            = jsonencode({ Version = "2012-10-17", Statement = local.s3_statements })

  tags = { Name = "${var.name}-s3" }
}
