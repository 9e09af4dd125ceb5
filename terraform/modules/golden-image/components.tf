locals {
  target  = "/var/tmp/image"
  archive = "${local.target}/${local.source_key}"

  # S3Download does not create folders. https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
  folder_step = { name = "Folder", action = "ExecuteBash", inputs = { commands = ["mkdir --parents ${local.target}"] } }
  download = {
    name   = "Download"
    action = "S3Download"
    inputs = [{ source = "s3://${aws_s3_bucket.source.id}/${local.source_key}", destination = local.archive }]
  }
  unpack = {
    name   = "Unpack"
    action = "ExecuteBash"
    inputs = {
      commands = [<<-PYTHON
        python3 - <<'END'
        import json, pathlib
        for name, text in json.loads(pathlib.Path("${local.archive}").read_text()).items():
            file = pathlib.Path("${local.target}", name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        END
      PYTHON
      ]
    }
  }
  # Ubuntu's archive is not reachable. The build compares the mirror's key with the caller's checksum.
  mirror = {
    name   = "Mirror"
    action = "ExecuteBash"
    inputs = {
      commands = [
        "set -eu",
        "key=/usr/share/keyrings/workstation-mirror.asc",
        "curl --fail --silent --show-error --output \"$key\" ${var.package_mirror.url}/key.asc",
        "echo \"${var.package_mirror.key_sha256}  $key\" | sha256sum --check",
        "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*",
        "echo \"deb [signed-by=$key] ${var.package_mirror.url} ${local.releases[var.ubuntu_version]} main\" > /etc/apt/sources.list",
        "apt-get update",
      ]
    }
  }
  install = { name = "Install", action = "ExecuteBash", inputs = { commands = ["DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ansible-core"] } }
  playbooks = {
    for playbook in ["playbook", "test"] : playbook => {
      name   = title(playbook)
      action = "ExecuteBash"
      inputs = { commands = ["cd ${local.target} && ansible-playbook --connection local --inventory localhost, --extra-vars image_role=${var.ansible_role} --extra-vars workstation_gpu_driver=${var.gpu_driver} ${playbook}.yml"] }
    }
  }
  remove = { name = "Remove", action = "ExecuteBash", inputs = { commands = ["rm -rf ${local.target} && apt-get purge --yes ansible-core && apt-get clean"] } }

  build_document = yamlencode({
    name          = "${var.name}-build"
    schemaVersion = 1
    phases = [{
      name  = "build"
      steps = [local.folder_step, local.download, local.unpack, local.mirror, local.install, local.playbooks.playbook, local.playbooks.test, local.remove]
    }]
  })

  # On a second machine, started from the finished image: tests of units that run only after a boot
  # run here. A failed assertion fails the image, and the parameter keeps its value.
  test_document = yamlencode({
    name          = "${var.name}-test"
    schemaVersion = 1
    phases        = [{ name = "test", steps = [local.folder_step, local.download, local.unpack, local.mirror, local.install, merge(local.playbooks.test, { inputs = { commands = ["${local.playbooks.test.inputs.commands[0]} --extra-vars image_booted=true"] } })] }]
  })

  versions = {
    for what, text in { build = local.build_document, test = local.test_document, recipe = "${local.build_document}${local.test_document}${local.parent_image}" } :
    what => "1.0.${parseint(substr(sha256(text), 0, 6), 16)}"
  }
}

resource "aws_imagebuilder_component" "this" {
  for_each = { build = local.build_document, test = local.test_document }

  name                  = "${var.name}-${each.key}"
  description           = each.key == "build" ? "Applies the Ansible role and tests the result" : "Tests the image after its first boot"
  platform              = "Linux"
  supported_os_versions = ["Ubuntu ${split(".", var.ubuntu_version)[0]}"]
  version               = local.versions[each.key]
  data                  = each.value
  kms_key_id            = aws_kms_key.this.arn

  tags = { Name = "${var.name}-${each.key}" }

  lifecycle {
    create_before_destroy = true
  }
}
