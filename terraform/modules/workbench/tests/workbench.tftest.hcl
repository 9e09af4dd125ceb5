mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  # EC2's answer for a private subnet without an address request.
  mock_resource "aws_instance" {
    defaults = { associate_public_ip_address = false }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001" }
  }
}

variables {
  name                       = "bench"
  ami_id                     = "ami-0123456789abcdef0"
  vpc_id                     = "vpc-0123456789abcdef0"
  subnet_id                  = "subnet-0123456789abcdef0"
  endpoint_security_group_id = "sg-0123456789abcdef0"
  s3_prefix_list_id          = "pl-0123456789abcdef0"
}

run "the_instance_is_a_t2_micro_by_its_name" {
  command = plan

  assert {
    condition     = aws_instance.this.instance_type == "t2.micro"
    error_message = "The default instance type must be t2.micro."
  }
  assert {
    condition     = aws_instance.this.tags["Name"] == "bench" && output.instance_name == "bench"
    error_message = "The instance must carry its name as the Name tag."
  }
  assert {
    condition     = aws_instance.this.disable_api_termination
    error_message = "The instance must be protected from termination unless told otherwise."
  }
}

run "the_instance_has_no_public_address_and_no_door" {
  command = plan

  assert {
    condition     = aws_instance.this.associate_public_ip_address == false
    error_message = "The instance must not get a public address."
  }
  assert {
    condition = (
      aws_vpc_security_group_egress_rule.endpoints.referenced_security_group_id == var.endpoint_security_group_id &&
      aws_vpc_security_group_egress_rule.s3.prefix_list_id == var.s3_prefix_list_id
    )
    error_message = "The instance may talk to the endpoints and to S3 only."
  }
  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_egress_rule.endpoints, aws_vpc_security_group_egress_rule.s3] :
      rule.from_port == 443 && rule.to_port == 443 && rule.ip_protocol == "tcp" && rule.cidr_ipv4 == null && rule.cidr_ipv6 == null
    ])
    error_message = "The instance may talk HTTPS only, and to no address range."
  }
}

run "metadata_are_read_with_a_token_within_one_hop" {
  command = plan

  assert {
    condition     = aws_instance.this.metadata_options[0].http_tokens == "required"
    error_message = "IMDSv1 must be off: it hands credentials to any forged request."
  }
  assert {
    condition     = aws_instance.this.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "Metadata must not travel more than one hop."
  }
}

run "the_root_volume_is_encrypted_with_the_own_rotating_key" {
  command = plan

  assert {
    condition = (
      aws_instance.this.root_block_device[0].encrypted &&
      aws_instance.this.root_block_device[0].kms_key_id == aws_kms_key.volume.arn &&
      aws_kms_key.volume.enable_key_rotation
    )
    error_message = "The root volume must be encrypted with the module's own key."
  }
}

run "the_role_can_hold_a_session_and_nothing_else" {
  command = plan

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.session.policy).Statement : statement.Action])) == toset([
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ])
    error_message = "The instance's role must hold exactly what a session needs."
  }
}

run "a_subnet_that_hands_out_public_addresses_is_refused" {
  command = plan
  override_data {
    target = data.aws_subnet.this
    values = { map_public_ip_on_launch = true }
  }
  expect_failures = [aws_instance.this]
}

run "an_image_by_name_is_refused" {
  command = plan
  variables {
    ami_id = "al2023-ami-2023.9"
  }
  expect_failures = [var.ami_id]
}

run "a_volume_too_small_for_the_image_is_refused" {
  command = plan
  variables {
    root_volume_gib = 4
  }
  expect_failures = [var.root_volume_gib]
}

run "an_instance_type_without_a_size_is_refused" {
  command = plan
  variables {
    instance_type = "t2"
  }
  expect_failures = [var.instance_type]
}

run "a_name_with_capitals_is_refused" {
  command = plan
  variables {
    name = "Workbench"
  }
  expect_failures = [var.name]
}

run "ids_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    vpc_id                     = "default"
    subnet_id                  = "private-a"
    endpoint_security_group_id = "endpoints"
    s3_prefix_list_id          = "s3"
  }
  expect_failures = [var.vpc_id, var.subnet_id, var.endpoint_security_group_id, var.s3_prefix_list_id]
}
