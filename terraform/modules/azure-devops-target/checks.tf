# On every resource that a run uses, not on the environment alone: a pipeline that names no environment would bypass it.
# https://learn.microsoft.com/azure/devops/pipelines/process/approvals
locals {
  connections = { deploy = var.name, agents = "${var.name}-agents" }

  guarded = merge(
    {
      connection = { id = azuredevops_serviceendpoint_azurerm.this["deploy"].id, type = "endpoint" }
      agents     = { id = azuredevops_serviceendpoint_azurerm.this["agents"].id, type = "endpoint" }
      pool       = { id = azuredevops_agent_queue.this.id, type = "queue" }
      variables  = { id = azuredevops_variable_group.this.id, type = "variablegroup" }
    },
    var.is_deployed_to ? { environment = { id = one(azuredevops_environment.this[*].id), type = "environment" } } : {},
  )
}

resource "azuredevops_check_branch_control" "this" {
  for_each = local.guarded

  project_id                       = var.project_id
  display_name                     = "main only"
  target_resource_id               = each.value.id
  target_resource_type             = each.value.type
  allowed_branches                 = "refs/heads/main"
  verify_branch_protection         = true
  ignore_unknown_protection_status = false
}

resource "azuredevops_check_approval" "this" {
  # One approval for each stage; the pool and the variables are useless without the connection.
  for_each = length(var.approvers) == 0 ? {} : { for name, what in local.guarded : name => what if contains(["connection", "environment"], name) }

  project_id                 = var.project_id
  target_resource_id         = each.value.id
  target_resource_type       = each.value.type
  approvers                  = var.approvers
  minimum_required_approvers = length(var.approvers) > 1 ? 2 : 1
  requester_can_approve      = false
}

resource "azuredevops_check_exclusive_lock" "this" {
  count = var.is_deployed_to ? 1 : 0

  project_id           = var.project_id
  target_resource_id   = one(azuredevops_environment.this[*].id)
  target_resource_type = "environment"
}
