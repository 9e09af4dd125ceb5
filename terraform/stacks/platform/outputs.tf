output "region" {
  description = "AWS region of all resources."
  value       = var.region
}

output "vpc_ids" {
  description = "Ids of the VPCs, by network: user, fsx, support."
  value       = { for name, network in local.networks : name => network.vpc_id }
}

output "vpc_cidr_blocks" {
  description = "Address ranges of the VPCs, by network."
  value       = { for name, network in local.networks : name => network.vpc_cidr_block }
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, by network and availability zone."
  value       = { for name, network in local.networks : name => network.private_subnet_ids }
}

output "transit_gateway_id" {
  description = "Id of the transit gateway."
  value       = module.transit_gateway.transit_gateway_id
}

output "transit_route_table_ids" {
  description = "Ids of the transit gateway's route tables, by network."
  value       = module.transit_gateway.route_table_ids
}

output "transit_routes" {
  description = "Directions that have a route on the transit gateway."
  value       = module.transit_gateway.routes
}

output "workspace" {
  description = "The file system /workspaces: id, mount source, data repository association, bucket and security group."
  value = {
    file_system_id    = module.workspace.file_system_id
    mount_source      = module.workspace.mount_source
    association_id    = module.workspace.association_id
    bucket_name       = module.workspace.bucket_name
    security_group_id = module.workspace.security_group_id
    alarm_name        = module.workspace.alarm_name
  }
}

output "image_parameter_name" {
  description = "Name of the SSM parameter with the id of the image that every machine should run."
  value       = aws_ssm_parameter.image.name
}

output "fleet_name" {
  description = "Name of the fleet, the value of the tag Fleet."
  value       = module.fleet.name
}

output "groups" {
  description = "Names of the Auto Scaling groups, by user."
  value       = module.fleet.groups
}

output "launch_template_ids" {
  description = "Ids of the launch templates, by user."
  value       = module.fleet.launch_template_ids
}

output "user_role_arns" {
  description = "ARNs of the roles that people assume, by user."
  value       = module.fleet.user_role_arns
}

output "machine_role_arns" {
  description = "ARNs of the machines' roles, by user."
  value       = module.fleet.machine_role_arns
}

output "access_point_arns" {
  description = "ARNs of the access points to the home directories, by user."
  value       = module.fleet.access_point_arns
}

output "file_system_id" {
  description = "Id of the file system with the home directories."
  value       = module.fleet.file_system_id
}

output "machine_security_group_id" {
  description = "Id of the machines' security group."
  value       = module.fleet.machine_security_group_id
}

output "session_document_name" {
  description = "Name of the session document; aws ssm start-session --document-name takes it."
  value       = module.fleet.session_document_name
}

output "rollout_arn" {
  description = "ARN of the state machine that rolls an image out; aws stepfunctions start-execution takes it."
  value       = module.rollout.state_machine_arn
}

output "image_tag" {
  description = "Key and value of the tag that an image needs to be rolled out."
  value       = local.image_tag
}

output "user_ids" {
  description = "Numeric user ids on machines and file systems, by user."
  value       = module.fleet.user_ids
}

output "rollout_topic_arn" {
  description = "ARN of the topic for alarms and rejected images."
  value       = module.rollout.topic_arn
}

output "rollout_rule_names" {
  description = "Names of the EventBridge rules that start the rollout."
  value       = module.rollout.rule_names
}

output "dead_letter_queue_url" {
  description = "URL of the queue with events that could not start a rollout."
  value       = module.rollout.dead_letter_queue_url
}

output "fleet_alarm_names" {
  description = "Names of the alarms that stop a rollout and roll it back."
  value       = module.fleet.alarm_names
}

output "rollout_alarm_names" {
  description = "Names of the alarms on failed, aborted and lost rollouts."
  value       = module.rollout.alarm_names
}

output "log_group_names" {
  description = "Names of the log groups, by content."
  value = merge(module.fleet.log_group_names,
    { rollout = module.rollout.log_group_name, workspace = module.workspace.log_group_name, logs = module.logs.log_group_name },
    { for name, network in local.networks : "flow_logs_${name}" => network.flow_log_group_name },
    { for name, network in local.networks : "dns_${name}" => network.dns_log_group_name },
  )
}

output "pipeline_arn" {
  description = "ARN of the image pipeline."
  value       = module.golden_image["workstation"].pipeline_arn
}

output "kms_key_arns" {
  description = "ARNs of the KMS keys, by what they encrypt; each image has its own."
  value = merge(
    { fleet = module.fleet.kms_key_arn, rollout = module.rollout.kms_key_arn, workspace = module.workspace.kms_key_arn, logs = module.logs.kms_key_arn },
    { for name, network in local.networks : "logs_${name}" => network.flow_log_kms_key_arn },
    { for role, image in module.golden_image : "image_${role}" => image.kms_key_arn },
    { for name, machine in module.support_machine : name => machine.kms_key_arn },
  )
}

output "publisher_role_arns" {
  description = "ARNs of the roles that start the image pipelines after a merge, by image."
  value       = { for role, publisher in module.image_publisher : role => publisher.role_arn }
}

output "publisher_pipeline_arns" {
  description = "ARNs of the image pipelines that a merge starts, by image."
  value       = { for role, publisher in module.image_publisher : role => publisher.pipeline_arn }
}

output "github_repository" {
  description = "GitHub repository whose main branch may assume the publisher roles."
  value       = var.github_repository
}

output "support_machines" {
  description = "Monitoring machines: Auto Scaling group, role, launch template and security group of each."
  value = {
    for name, machine in module.support_machine : name => {
      group_name         = machine.group_name
      role_arn           = machine.role_arn
      launch_template_id = machine.launch_template_id
      security_group_id  = machine.security_group_id
    }
  }
}

output "logs" {
  description = "The log server: name, ARN, URL, index prefix, security group, alarms, and the roles of readers and of the lifecycle."
  value = {
    domain_name        = module.logs.domain_name
    domain_arn         = module.logs.domain_arn
    url                = module.logs.server.url
    index              = module.logs.server.index
    security_group_id  = module.logs.security_group_id
    alarm_names        = module.logs.alarm_names
    reader_role_arn    = module.logs.reader_role_arn
    lifecycle_role_arn = module.support_machine["prometheus"].role_arn
  }
}
