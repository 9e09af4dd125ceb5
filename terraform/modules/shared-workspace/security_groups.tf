locals {
  # 988 is LNET; 1018 to 1023 are the ports that it connects from. Both ends open connections:
  # https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
  ports = { "lnet" = [988, 988], "sources" = [1018, 1023] }

  # By range, not by group: a group of another VPC can be named only across a transit gateway with
  # security group referencing, and then in ingress rules alone:
  # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
  file_system_rules = merge([
    for name, ports in local.ports : {
      "${name}-clients" = { ports = ports, cidr_block = var.client_cidr_block, group = null }
      # FSx's servers connect to each other.
      "${name}-servers" = { ports = ports, cidr_block = null, group = aws_security_group.file_system.id }
    }
  ]...)
}

resource "aws_security_group" "file_system" {
  name        = "${var.name}-file-system"
  description = "Lustre between the file system's servers and its clients"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-file-system" }
}

resource "aws_vpc_security_group_ingress_rule" "file_system" {
  for_each = local.file_system_rules

  security_group_id            = aws_security_group.file_system.id
  description                  = "Lustre, ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.ports[0]
  to_port                      = each.value.ports[1]
  cidr_ipv4                    = each.value.cidr_block
  referenced_security_group_id = each.value.group
}

resource "aws_vpc_security_group_egress_rule" "file_system" {
  for_each = local.file_system_rules

  security_group_id            = aws_security_group.file_system.id
  description                  = "Lustre, ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.ports[0]
  to_port                      = each.value.ports[1]
  cidr_ipv4                    = each.value.cidr_block
  referenced_security_group_id = each.value.group
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = local.ports

  security_group_id = var.client_security_group_id
  description       = "Lustre from the file system, ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value[0]
  to_port           = each.value[1]
  cidr_ipv4         = var.cidr_block
}

resource "aws_vpc_security_group_egress_rule" "client" {
  for_each = local.ports

  security_group_id = var.client_security_group_id
  description       = "Lustre to the file system, ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value[0]
  to_port           = each.value[1]
  cidr_ipv4         = var.cidr_block
}
