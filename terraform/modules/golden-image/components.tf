locals {
  download = {
    name   = "Download"
    action = "S3Download"
    inputs = [{
      source      = "s3://${aws_s3_bucket.source.id}/${local.content_hash}/*"
      destination = "/var/tmp/workstation/"
      overwrite   = true
    }]
  }
  # From Amazon Linux's own repository, which is reached through the S3 endpoint.
  install = { name = "Install", action = "ExecuteBash", inputs = { commands = ["dnf --assumeyes install ansible-core"] } }
  playbooks = {
    for playbook in ["playbook", "test"] : playbook => {
      name   = title(playbook)
      action = "ExecuteBash"
      inputs = { commands = ["cd /var/tmp/workstation && ansible-playbook --connection local --inventory localhost, ${playbook}.yml"] }
    }
  }
  remove = { name = "Remove", action = "ExecuteBash", inputs = { commands = ["rm -rf /var/tmp/workstation && dnf --assumeyes remove ansible-core"] } }

  build_document = yamlencode({
    name          = "${var.name}-build"
    schemaVersion = 1
    phases = [{
      name  = "build"
      steps = [local.download, local.install, local.playbooks.playbook, local.playbooks.test, local.remove]
    }]
  })

  # On a second machine, started from the finished image: what runs only after a boot
  # is seen here. A failed assertion fails the image, and the parameter stays as it is.
  test_document = yamlencode({
    name          = "${var.name}-test"
    schemaVersion = 1
    phases        = [{ name = "test", steps = [local.download, local.install, merge(local.playbooks.test, { inputs = { commands = ["${local.playbooks.test.inputs.commands[0]} --extra-vars workstation_booted=true"] } })] }]
  })

  versions = {
    for what, text in { build = local.build_document, test = local.test_document, recipe = "${local.build_document}${local.test_document}${var.parent_image}" } :
    what => "1.0.${parseint(substr(sha256(text), 0, 6), 16)}"
  }
}

resource "aws_imagebuilder_component" "this" {
  for_each = { build = local.build_document, test = local.test_document }

  name                  = "${var.name}-${each.key}"
  description           = each.key == "build" ? "Applies the Ansible role and judges the result" : "Judges the image after its first boot"
  platform              = "Linux"
  supported_os_versions = ["Amazon Linux 2023"]
  version               = local.versions[each.key]
  data                  = each.value
  kms_key_id            = aws_kms_key.this.arn

  tags = { Name = "${var.name}-${each.key}" }

  lifecycle {
    create_before_destroy = true
  }
}
