locals {
  # The firewall judges the private names of endpoints, too, and not all of them are below amazonaws.com. Without this
  # one no pod gets credentials by Pod Identity: https://docs.aws.amazon.com/general/latest/gr/eks.html
  endpoint_domains = [for service in keys(var.interface_services) : "eks-auth.${local.region}.api.aws" if service == "eks-auth"]
}

# The VPC's resolver answers for the whole internet, so DNS is a way out of a network that has no other.
# The default list allows only domains that AWS's name servers serve. The API adds the final dot to a
# name that lacks it: https://github.com/hashicorp/terraform-provider-aws/issues/23543
resource "aws_route53_resolver_firewall_domain_list" "allowed" {
  name    = "${var.name}-allowed"
  domains = [for domain in sort(setunion(var.dns_domains, local.endpoint_domains)) : "${domain}."]
}

# A domain list may hold a single star, for every name:
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-domain-lists.html
resource "aws_route53_resolver_firewall_domain_list" "everything" {
  name    = "${var.name}-everything"
  domains = ["*."]
}

resource "aws_route53_resolver_firewall_rule_group" "this" {
  name = var.name
}

resource "aws_route53_resolver_firewall_rule" "allow" {
  name                    = "allow"
  action                  = "ALLOW"
  priority                = 100
  firewall_rule_group_id  = aws_route53_resolver_firewall_rule_group.this.id
  firewall_domain_list_id = aws_route53_resolver_firewall_domain_list.allowed.id
}

resource "aws_route53_resolver_firewall_rule" "block" {
  name                    = "block"
  action                  = "BLOCK"
  block_response          = "NXDOMAIN"
  priority                = 200
  firewall_rule_group_id  = aws_route53_resolver_firewall_rule_group.this.id
  firewall_domain_list_id = aws_route53_resolver_firewall_domain_list.everything.id
}

# The firewall fails closed unless aws_route53_resolver_firewall_config says otherwise:
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-vpc-configuration.html
resource "aws_route53_resolver_firewall_rule_group_association" "this" {
  name                   = var.name
  firewall_rule_group_id = aws_route53_resolver_firewall_rule_group.this.id
  vpc_id                 = aws_vpc.this.id
  priority               = 101

  # Associated without its rules, the group would allow everything.
  depends_on = [aws_route53_resolver_firewall_rule.allow, aws_route53_resolver_firewall_rule.block]
}

# Below /aws/vendedlogs/ the log groups share one resource policy, which is limited in size:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
resource "aws_cloudwatch_log_group" "dns" {
  name              = local.dns_log_group_name
  retention_in_days = var.flow_log_retention_days
  kms_key_id        = aws_kms_key.flow_logs.arn
}

resource "aws_route53_resolver_query_log_config" "this" {
  name            = var.name
  destination_arn = aws_cloudwatch_log_group.dns.arn
}

resource "aws_route53_resolver_query_log_config_association" "this" {
  resolver_query_log_config_id = aws_route53_resolver_query_log_config.this.id
  resource_id                  = aws_vpc.this.id
}
