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
  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
      key_id = "00000000-0000-0000-0000-000000000001"
    }
  }
  mock_resource "aws_s3_bucket" {
    defaults = {
      arn = "arn:aws:s3:::image-source-111122223333-eu-west-1"
      id  = "image-source-111122223333-eu-west-1"
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/any" }
  }
  mock_resource "aws_imagebuilder_component" {
    defaults = { arn = "arn:aws:imagebuilder:eu-west-1:111122223333:component/any/1.0.0/1" }
  }
  mock_resource "aws_imagebuilder_image_recipe" {
    defaults = { arn = "arn:aws:imagebuilder:eu-west-1:111122223333:image-recipe/image/1.0.0" }
  }
  mock_resource "aws_imagebuilder_infrastructure_configuration" {
    defaults = { arn = "arn:aws:imagebuilder:eu-west-1:111122223333:infrastructure-configuration/image" }
  }
  mock_resource "aws_imagebuilder_distribution_configuration" {
    defaults = { arn = "arn:aws:imagebuilder:eu-west-1:111122223333:distribution-configuration/image" }
  }
  mock_resource "aws_imagebuilder_image" {
    defaults = { output_resources = [{ amis = [{ image = "ami-0123456789abcdef0" }] }] }
  }
}

variables {
  name                       = "image"
  package_mirror             = { url = "https://mirror.s3.eu-west-1.amazonaws.com/2026-11-01", key_sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
  image_parameter_name       = "/imagebuilder/fleet/image"
  vpc_id                     = "vpc-0123456789abcdef0"
  subnet_id                  = "subnet-0123456789abcdef0"
  endpoint_security_group_id = "sg-0123456789abcdef0"
  s3_prefix_list_id          = "pl-0123456789abcdef0"
}

run "the_role_makes_the_image_and_its_tests_can_fail_it" {
  command = plan

  assert {
    condition = [for step in yamldecode(aws_imagebuilder_component.this["build"].data).phases[0].steps : step.name] == [
      "Folder", "Download", "Unpack", "Mirror", "Install", "Playbook", "Test", "Remove"
    ]
    error_message = "The build must apply the role, judge the result and leave no tool behind."
  }
  assert {
    condition     = yamldecode(aws_imagebuilder_component.this["test"].data).phases[0].name == "test" && strcontains(aws_imagebuilder_component.this["test"].data, "test.yml --extra-vars image_booted=true")
    error_message = "A second machine, started from the image, must be judged after its boot."
  }
  assert {
    condition     = aws_imagebuilder_image_pipeline.this.image_tests_configuration[0].image_tests_enabled && aws_imagebuilder_image.this.image_tests_configuration[0].image_tests_enabled
    error_message = "No image without its tests."
  }
}

run "the_roles_are_one_object_that_a_merge_replaces" {
  command = plan

  assert {
    condition     = length(setsubtract(["playbook.yml", "test.yml", "roles/workstation/tasks/harden.yml", "roles/workstation/templates/nftables.conf.j2"], keys(jsondecode(aws_s3_object.source.content)))) == 0
    error_message = "The object must hold the playbooks and the roles."
  }
  assert {
    condition     = alltrue([for component in aws_imagebuilder_component.this : yamldecode(component.data).phases[0].steps[1].inputs == [{ source = "s3://image-source-111122223333-eu-west-1/${aws_s3_object.source.key}", destination = "/var/tmp/image/ansible.json" }]])
    error_message = "The build must read the object that merges replace."
  }
}

# S3Download fails where the folder of its destination is missing.
run "folders_exist_before_files_are_downloaded" {
  command = plan

  assert {
    condition     = alltrue([for component in aws_imagebuilder_component.this : yamldecode(component.data).phases[0].steps[0].inputs.commands[0] == "mkdir --parents ${dirname(yamldecode(component.data).phases[0].steps[1].inputs[0].destination)}"])
    error_message = "The first step must make the folder."
  }
  assert {
    condition     = alltrue([for component in aws_imagebuilder_component.this : length(component.data) < 16000])
    error_message = "A component's inline document must stay below 16,000 characters."
  }
}

run "each_service_has_an_image_of_its_own_role" {
  command = plan
  variables {
    ansible_role = "icinga"
  }

  assert {
    condition     = alltrue([for component in aws_imagebuilder_component.this : strcontains(component.data, "--extra-vars image_role=icinga ")])
    error_message = "The role that was asked for must be applied and judged."
  }
}

run "a_role_that_does_not_exist_is_refused" {
  command = plan
  variables {
    ansible_role = "jenkins"
  }
  expect_failures = [var.ansible_role]
}

run "builds_do_not_wait_for_an_inventory_that_the_role_may_not_send" {
  command = plan

  assert {
    condition     = !aws_imagebuilder_image_pipeline.this.enhanced_image_metadata_enabled && !aws_imagebuilder_image.this.enhanced_image_metadata_enabled
    error_message = "Enhanced metadata needs permissions that the build role does not have."
  }
  assert {
    condition     = aws_imagebuilder_image.this.timeouts.create == "2h"
    error_message = "Terraform must wait longer than a build takes."
  }
}

run "images_are_ubuntu_and_carry_the_pipelines_tag" {
  command = plan

  assert {
    condition = (
      aws_imagebuilder_image_recipe.this.parent_image == "arn:aws:imagebuilder:eu-west-1:aws:image/ubuntu-server-24-lts-x86/x.x.x" &&
      alltrue([for mapping in aws_imagebuilder_image_recipe.this.block_device_mapping : mapping.device_name == "/dev/sda1"])
    )
    error_message = "Images must be of the release that was asked for, with an encrypted root device."
  }
  assert {
    condition     = alltrue([for distribution in aws_imagebuilder_distribution_configuration.this.distribution : distribution.ami_distribution_configuration[0].ami_tags[output.image_tag.key] == output.image_tag.value])
    error_message = "The rollout refuses an image without the tag."
  }
}

run "packages_come_from_the_mirror_whose_key_is_known" {
  command = plan

  assert {
    condition = alltrue([
      for component in aws_imagebuilder_component.this :
      length(setsubtract(
        ["echo \"${var.package_mirror.key_sha256}  $key\" | sha256sum --check", "echo \"deb [signed-by=$key] ${var.package_mirror.url} noble main\" > /etc/apt/sources.list"],
        yamldecode(component.data).phases[0].steps[3].inputs.commands,
      )) == 0
    ])
    error_message = "The build must check the mirror's key before it trusts a package."
  }
}

run "a_release_without_updates_is_refused" {
  command = plan
  variables {
    ubuntu_version = "20.04"
  }
  expect_failures = [var.ubuntu_version]
}

run "a_mirror_or_driver_of_the_wrong_kind_is_refused" {
  command = plan
  variables {
    package_mirror = { url = "http://archive.ubuntu.com/ubuntu", key_sha256 = "none" }
    gpu_driver     = "latest"
  }
  expect_failures = [var.package_mirror, var.gpu_driver]
}

run "the_machine_that_builds_is_private_and_closed" {
  command = plan

  assert {
    condition     = aws_imagebuilder_infrastructure_configuration.this.key_pair == null && aws_imagebuilder_infrastructure_configuration.this.subnet_id == var.subnet_id
    error_message = "Images are built without an SSH key, in the private subnet."
  }
  assert {
    condition     = aws_imagebuilder_infrastructure_configuration.this.instance_metadata_options[0].http_tokens == "required"
    error_message = "IMDSv1 must be off."
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.endpoints.cidr_ipv4 == null && aws_vpc_security_group_egress_rule.s3.cidr_ipv4 == null
    error_message = "The machine talks to no address range."
  }
}

run "images_are_encrypted_with_the_own_rotating_key" {
  command = plan

  assert {
    condition = (
      aws_kms_key.this.enable_key_rotation &&
      alltrue([for component in aws_imagebuilder_component.this : component.kms_key_id == aws_kms_key.this.arn]) &&
      alltrue([for distribution in aws_imagebuilder_distribution_configuration.this.distribution : distribution.ami_distribution_configuration[0].kms_key_id == aws_kms_key.this.arn]) &&
      alltrue([for mapping in aws_imagebuilder_image_recipe.this.block_device_mapping : mapping.ebs[0].encrypted == "true" && mapping.ebs[0].kms_key_id == aws_kms_key.this.arn])
    )
    error_message = "Images must be encrypted with the module's own key."
  }
  assert {
    condition = contains([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : try(statement.Condition.StringEquals["aws:PrincipalArn"], "")
    ], "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")
    error_message = "Auto Scaling must be able to read the image, or no machine starts from it."
  }
}

run "the_images_id_is_published_by_image_builder_itself" {
  command = plan

  assert {
    condition = alltrue([
      for distribution in aws_imagebuilder_distribution_configuration.this.distribution :
      one(distribution.ssm_parameter_configuration).parameter_name == "/imagebuilder/fleet/image" &&
      one(distribution.ssm_parameter_configuration).data_type == "aws:ec2:image"
    ])
    error_message = "The new image's id must be written to the parameter."
  }
}

run "old_images_go_and_enough_stay_to_go_back_to" {
  command = plan

  assert {
    condition = alltrue([
      for detail in aws_imagebuilder_lifecycle_policy.this.policy_detail :
      detail.filter[0].type == "COUNT" && detail.filter[0].value == 5 && detail.exclusion_rules[0].amis[0].last_launched[0].value == 60
    ])
    error_message = "Five images must stay, and those that machines still start from."
  }
}

run "the_build_role_names_its_actions" {
  command = plan

  assert {
    condition = alltrue([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.build.policy).Statement : statement.Action]) : !strcontains(action, "*")
    ])
    error_message = "The policy must name its actions one by one."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.build.policy).Statement : statement.Sid if statement.Resource == "*"] == ["TakeCommandsFromSystemsManager"]
    error_message = "Only what knows no resource may be allowed everywhere."
  }
}

run "a_parameter_that_image_builder_may_not_write_is_refused" {
  command = plan
  variables {
    image_parameter_name = "/fleet/image"
  }
  expect_failures = [var.image_parameter_name]
}

run "too_few_images_to_go_back_to_are_refused" {
  command = plan
  variables {
    images_to_keep = 1
  }
  expect_failures = [var.images_to_keep]
}

run "values_of_the_wrong_kind_are_refused" {
  command = plan
  variables {
    name                       = "Image"
    vpc_id                     = "default"
    subnet_id                  = "private-a"
    endpoint_security_group_id = "endpoints"
    s3_prefix_list_id          = "s3"
    instance_type              = "t3"
    schedule                   = "weekly"
    log_retention_days         = 0
  }
  expect_failures = [
    var.name, var.vpc_id, var.subnet_id, var.endpoint_security_group_id, var.s3_prefix_list_id,
    var.instance_type, var.schedule, var.log_retention_days,
  ]
}

run "statements_keep_their_conditions" {
  command = plan

  assert {
    condition = sort(flatten([
      for policy in [aws_kms_key.this.policy, aws_iam_role_policy.build.policy, aws_s3_bucket_policy.source.policy] : [
        for statement in jsondecode(policy).Statement : "${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ])) == tolist([
      "AutoScalingAttachesVolumes: Bool, StringEquals",
      "AutoScalingReadsTheImage: StringEquals",
      "OnlyTheBuildsLogGroup: ArnEquals",
      "RefusePlainText: Bool",
    ])
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition     = keys(one(jsondecode(aws_iam_role.lifecycle.assume_role_policy).Statement).Condition) == ["StringEquals"]
    error_message = "A role is taken on for this account's own resources only."
  }
}
