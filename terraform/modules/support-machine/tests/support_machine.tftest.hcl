mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-00000000000000001" }
  }
  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
      key_id = "00000000-0000-0000-0000-000000000001"
    }
  }
  mock_resource "aws_launch_template" {
    defaults = {
      id             = "lt-0123456789abcdef0"
      latest_version = 1
    }
  }
}

variables {
  name                          = "icinga"
  image_id                      = "resolve:ssm:/imagebuilder/icinga/image"
  fleet_name                    = "fleet"
  vpc_id                        = "vpc-0123456789abcdef0"
  subnet_ids                    = { eu-west-1a = "subnet-0123456789abcdef0", eu-west-1b = "subnet-0123456789abcdef1" }
  endpoint_security_group_id    = "sg-0123456789abcdef0"
  workstation_security_group_id = "sg-0123456789abcdef1"
  topic_arn                     = "arn:aws:sns:eu-west-1:111122223333:rollout"
  topic_key_arn                 = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000002"
}

run "the_machine_reads_one_port_and_nobody_connects_to_it" {
  command = plan

  assert {
    condition = alltrue([for rule in [aws_vpc_security_group_ingress_rule.exporter, aws_vpc_security_group_egress_rule.exporter] :
    rule.from_port == 9100 && rule.to_port == 9100 && rule.cidr_ipv4 == null])
    error_message = "In the same VPC only the two security groups may talk, on the node exporter's port."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.exporter.security_group_id == var.workstation_security_group_id && aws_vpc_security_group_ingress_rule.exporter.referenced_security_group_id == aws_security_group.this.id
    error_message = "The door is in the workstations' group, for this machine."
  }
}

run "across_the_transit_gateway_both_ranges_are_named" {
  command = plan
  variables {
    peering = { own_cidr_block = "10.20.32.0/20", workstation_cidr_block = "10.20.0.0/20" }
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.exporter.cidr_ipv4 == "10.20.32.0/20" && aws_vpc_security_group_egress_rule.exporter.cidr_ipv4 == "10.20.0.0/20"
    error_message = "Only the two networks may talk."
  }
}

run "a_group_of_one_takes_the_newest_image_each_week" {
  command = plan

  assert {
    condition     = aws_autoscaling_group.this.min_size == 1 && aws_autoscaling_group.this.max_size == 1 && aws_autoscaling_group.this.max_instance_lifetime == 604800
    error_message = "One machine, which is replaced after a week at the latest."
  }
  assert {
    condition     = aws_launch_template.this.image_id == "resolve:ssm:/imagebuilder/icinga/image"
    error_message = "A machine must start from the image that the parameter names."
  }
}

run "the_machine_knows_how_long_lines_are_kept" {
  command = plan
  variables {
    log_server = { url = "https://vpc-logs-0123456789.eu-west-1.es.amazonaws.com", index = "workstations", retention_days = 90 }
  }

  assert {
    condition = alltrue([for line in ["LOG_SERVER=https://vpc-logs-0123456789.eu-west-1.es.amazonaws.com", "LOG_INDEX=workstations", "LOG_RETENTION_DAYS=90"] :
    strcontains(base64decode(aws_launch_template.this.user_data), "${line}\n")])
    error_message = "Without these three values no line is ever deleted."
  }
}

run "the_machine_is_closed_and_encrypted" {
  command = plan

  assert {
    condition = (
      aws_launch_template.this.metadata_options[0].http_tokens == "required" && aws_launch_template.this.key_name == null &&
      aws_launch_template.this.network_interfaces[0].associate_public_ip_address == "false" &&
      aws_launch_template.this.block_device_mappings[0].ebs[0].kms_key_id == aws_kms_key.this.arn && aws_kms_key.this.enable_key_rotation
    )
    error_message = "IMDSv2, no SSH key, no public address, an encrypted volume."
  }
}

run "the_role_finds_machines_and_tells_the_topic" {
  command = plan

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid => statement.Action if statement.Sid != "HoldASession" } == {
      FindMachines       = ["ec2:DescribeAvailabilityZones", "ec2:DescribeInstances"]
      TellTheTeam        = "sns:Publish"
      EncryptWhatItTells = ["kms:Decrypt", "kms:GenerateDataKey"]
    }
    error_message = "The machine reads and reports; it changes nothing."
  }
  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource if statement.Sid == "TellTheTeam"]) == var.topic_arn && strcontains(base64decode(aws_launch_template.this.user_data), "TOPIC_ARN=${var.topic_arn}")
    error_message = "An alert must have a receiver, which the role may reach."
  }
}

run "statements_keep_their_conditions" {
  command = plan

  assert {
    condition = sort(flatten([
      for policy in [aws_kms_key.this.policy, aws_iam_role_policy.this.policy] : [
        for statement in jsondecode(policy).Statement : "${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ])) == tolist([
      "AutoScalingAttachesVolumes: Bool, StringEquals",
      "AutoScalingStartsMachines: StringEquals",
      "EncryptWhatItTells: StringEquals",
      "FindMachines: StringEquals",
    ])
    error_message = "A statement without its condition allows what nobody asked for."
  }
}

run "values_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    name                          = "Icinga"
    image_id                      = "ubuntu"
    fleet_name                    = "*"
    vpc_id                        = "default"
    subnet_ids                    = { eu-west-1a = "subnet-0123456789abcdef0" }
    endpoint_security_group_id    = "endpoints"
    workstation_security_group_id = "machines"
    peering                       = { own_cidr_block = "0.0.0.0/0", workstation_cidr_block = "10.20.0.0/20" }
    topic_arn                     = ""
    topic_key_arn                 = "alias/topic"
    log_server                    = { url = "http://logs.example.com", index = "workstations", retention_days = 90 }
    instance_type                 = "t3"
  }
  expect_failures = [
    var.name, var.image_id, var.fleet_name, var.vpc_id, var.subnet_ids, var.endpoint_security_group_id,
    var.workstation_security_group_id, var.peering, var.topic_arn, var.topic_key_arn, var.log_server, var.instance_type,
  ]
}
