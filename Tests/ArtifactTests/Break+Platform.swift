/// The fleet of workstations, its network, its image and its rollout.
extension Break {
    static let platform: [Break] = fleet + rollout + image + publisher + watching + network + workspace

    private static let fleet: [Break] = [
        .module(
            "workstation-fleet", "a door into the machines", file: "main.tf", "# One for each user: the role",
            "resource \"aws_vpc_security_group_ingress_rule\" \"ssh\" {\n  security_group_id = aws_security_group.machine.id\n  description       = \"SSH\"\n  ip_protocol       = \"tcp\"\n  from_port         = 22\n  to_port           = 22\n  cidr_ipv4         = \"0.0.0.0/0\"\n}\n\n# One for each user: the role",
            notices: "trivy-config/AWS-0107"),
        .module(
            "workstation-fleet", "a file system open to every address", file: "home.tf",
            "  referenced_security_group_id = aws_security_group.machine.id\n",
            "  cidr_ipv4                    = \"0.0.0.0/0\"\n", notices: "nothing_may_connect_to_a_machine"),
        .module(
            "workstation-fleet", "machines let out to the internet", file: "main.tf",
            "  prefix_list_id    = var.s3_prefix_list_id\n", "  cidr_ipv4         = \"0.0.0.0/0\"\n",
            notices: "nothing_may_connect_to_a_machine"),
        .module(
            "workstation-fleet", "IMDSv1 on the machines", file: "main.tf", "http_tokens   = \"required\"",
            "http_tokens   = \"optional\"", notices: "metadata_are_read_with_a_token_within_one_hop"),
        .module(
            "workstation-fleet", "volumes without the own key", file: "main.tf",
            "      kms_key_id            = aws_kms_key.this.arn\n", "",
            notices: "volumes_and_home_directories_are_encrypted_with_the_own_rotating_key"),
        .module(
            "workstation-fleet", "home directories without the own key", file: "home.tf",
            "  kms_key_id       = aws_kms_key.this.arn\n", "",
            notices: "volumes_and_home_directories_are_encrypted_with_the_own_rotating_key"),
        .module(
            "workstation-fleet", "a wildcard in a machine's role", file: "machine_roles.tf",
            "\"autoscaling:CompleteLifecycleAction\"", "\"autoscaling:*\"", notices: "no_policy_allows_every_action"),
        .module(
            "workstation-fleet", "a group pinned to $Latest", file: "main.tf",
            "version = aws_launch_template.this[each.key].latest_version", "version = \"$Latest\"",
            notices: "machines_start_from_a_numbered_version"),
        .module(
            "workstation-fleet", "a home directory lost on replacement", file: "main.tf",
            "          ACCESS_POINT=${aws_efs_access_point.home[each.key].id}\n", "",
            notices: "home_directories_survive_and_belong_to_one_user"),
        .module(
            "workstation-fleet", "a home directory of another user", file: "machine_roles.tf",
            "\"elasticfilesystem:AccessPointArn\" = aws_efs_access_point.home[each.key].arn",
            "\"elasticfilesystem:AccessPointArn\" = values(aws_efs_access_point.home)[0].arn",
            notices: "home_directories_survive_and_belong_to_one_user"),
        .module(
            "workstation-fleet", "a user who reaches every machine", file: "user_roles.tf",
            "{ \"ssm:resourceTag/Fleet\" = var.name, \"ssm:resourceTag/User\" = each.key }",
            "{ \"ssm:resourceTag/Fleet\" = var.name }", notices: "a_user_reaches_the_own_machine_and_no_other"),
        .module(
            "workstation-fleet", "a group of no machine", file: "main.tf", "desired_capacity    = 1",
            "desired_capacity    = 0", notices: "each_user_has_one_machine"),
        .module(
            "workstation-fleet", "the number of the image's default user", file: "main.tf",
            "coalesce(user.uid, 20000 + ", "coalesce(user.uid, 1000 + ",
            notices: "user_numbers_are_free_and_the_same_everywhere"),
        .module(
            "workstation-fleet", "a default user with sudo", file: "main.tf", "    users: []\n", "",
            notices: "cloud_init_makes_no_default_user"),
        .module(
            "workstation-fleet", "a session that cannot connect", file: "user_roles.tf",
            "\"ssmmessages:OpenDataChannel\"", "\"ssmmessages:OpenControlChannel\"",
            notices: "a_user_may_connect_to_the_own_sessions_only"),
        .module(
            "workstation-fleet", "an alarm without an action", file: "monitoring.tf",
            "  alarm_actions      = var.alarm_topic_arns\n", "", notices: "a_failed_self_check_is_an_alarm"),
        .module(
            "workstation-fleet", "silence taken for health", file: "main.tf", "default_result       = \"ABANDON\"",
            "default_result       = \"CONTINUE\"", notices: "silence_of_a_new_machine_ends_it"),
    ]

    private static let rollout: [Break] = [
        .module(
            "image-rollout", "dead letters without the own key", file: "events.tf",
            "  kms_master_key_id                 = aws_kms_key.this.key_id\n", "",
            notices: "logs_topic_and_queue_are_encrypted_with_the_own_rotating_key"),
        .module(
            "image-rollout", "a wildcard in the rollout's role", file: "roles.tf",
            "\"ec2:CreateLaunchTemplateVersion\"", "\"ec2:*\"", notices: "the_role_changes_the_own_fleet_only"),
        .module(
            "image-rollout", "a rollout that may change other fleets", file: "roles.tf",
            "{ StringEquals = { \"aws:ResourceTag/Fleet\" = var.fleet_name } }",
            "{ StringLike = { \"aws:ResourceTag/Fleet\" = \"*\" } }", notices: "the_role_changes_the_own_fleet_only"),
        .module(
            "image-rollout", "a rollout that pins $Latest", file: "rollout.asl.yaml",
            "Version.$: $.made.version", "Version: $Latest",
            notices: "a_refresh_gets_a_numbered_version_alarms_and_an_automatic_rollback"),
        .module(
            "image-rollout", "a refresh that does not roll back", file: "rollout.asl.yaml", "AutoRollback: true",
            "AutoRollback: false", notices: "a_refresh_gets_a_numbered_version_alarms_and_an_automatic_rollback"),
        .module(
            "image-rollout", "an image of another account", file: "rollout.asl.yaml", "      Owners: [self]\n", "",
            notices: "only_an_image_of_the_own_pipeline_is_rolled_out"),
        .module(
            "image-rollout", "a role that starts any image", file: "roles.tf", "\"ec2:Owner\" = local.account_id, ", "",
            notices: "only_an_image_of_the_own_pipeline_is_rolled_out"),
        .module(
            "image-rollout", "a subnet that a template must supply", file: "roles.tf",
            "[\"arn:${local.partition}:ec2:${local.region}:${local.account_id}:security-group/${var.security_group_id}\"],\n        )",
            "[\"arn:${local.partition}:ec2:${local.region}:${local.account_id}:security-group/${var.security_group_id}\"],\n        )\n        Condition = { Bool = { \"ec2:IsLaunchTemplateResource\" = \"true\" } }",
            notices: "the_dry_run_of_auto_scaling_is_allowed_for_what_the_group_supplies"),
        .module(
            "image-rollout", "a key that EventBridge cannot use", file: "logs.tf",
            "\"kms:EncryptionContext:aws:sqs:arn\" = \"arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-dead-letters\"",
            "\"aws:SourceAccount\" = local.account_id", notices: "event_bridge_reaches_the_encrypted_dead_letter_queue"),
        .module(
            "image-rollout", "a topic that does not hear the fleet's alarms", file: "notify.tf",
            "concat([\"${var.name}-*\"], var.alarm_names, var.reported_alarm_names)", "[\"${var.name}-*\"]",
            notices: "the_own_address_is_subscribed_and_alarms_may_publish"),
        .module(
            "image-rollout", "events that are lost silently", file: "events.tf",
            "  dead_letter_config {\n    arn = aws_sqs_queue.dead_letters.arn\n  }\n", "",
            notices: "the_rules_listen_to_the_parameter_and_to_the_clock"),
    ]

    private static let image: [Break] = [
        .module(
            "golden-image", "IMDSv1 on the machine that builds", file: "main.tf",
            "http_tokens                 = \"required\"", "http_tokens                 = \"optional\"",
            notices: "the_machine_that_builds_is_private_and_closed"),
        .module(
            "golden-image", "images without the own key", file: "main.tf",
            "      kms_key_id = aws_kms_key.this.arn\n      ami_tags", "      ami_tags",
            notices: "images_are_encrypted_with_the_own_rotating_key"),
        .module(
            "golden-image", "a key that Auto Scaling cannot use", file: "kms.tf", "AWSServiceRoleForAutoScaling\"",
            "AWSServiceRoleForEC2\"", notices: "images_are_encrypted_with_the_own_rotating_key"),
        .module(
            "golden-image", "files without their folders", file: "components.tf", "mkdir --parents ${local",
            "echo ${local", notices: "folders_exist_before_files_are_downloaded"),
        .module(
            "golden-image", "a build that waits for an inventory", file: "main.tf",
            "enhanced_image_metadata_enabled  = false\n\n  image_tests_configuration {\n    image_tests_enabled = true\n  }\n\n  schedule",
            "enhanced_image_metadata_enabled  = true\n\n  image_tests_configuration {\n    image_tests_enabled = true\n  }\n\n  schedule",
            notices: "builds_do_not_wait_for_an_inventory_that_the_role_may_not_send"),
        .module(
            "golden-image", "an image without the pipeline's tag", file: "main.tf",
            ", (local.image_tag.key) = local.image_tag.value }", " }",
            notices: "images_are_ubuntu_and_carry_the_pipelines_tag"),
        .module(
            "golden-image", "an image that is not tested", file: "main.tf",
            "image_tests_enabled = true\n  }\n\n  schedule",
            "image_tests_enabled = false\n  }\n\n  schedule",
            notices: "the_role_makes_the_image_and_its_tests_can_fail_it"),
    ]

    private static let publisher: [Break] = [
        .module(
            "image-publisher", "an image built from a pull request", file: "main.tf",
            ":ref:refs/heads/main\"", ":pull_request\"",
            notices: "only_the_main_branch_of_the_repository_gets_the_role"),
        .module(
            "image-publisher", "a role that starts every pipeline", file: "main.tf",
            "image-pipeline/${var.image_name}", "image-pipeline/*",
            notices: "the_role_starts_one_pipeline_and_replaces_one_object"),
    ]

    private static let watching: [Break] = [
        .module(
            "support-machine", "an alert whose receiver the role may not reach", file: "roles.tf",
            "Resource = var.topic_arn", "Resource = \"${var.topic_arn}-other\"",
            notices: "the_role_finds_machines_and_tells_the_topic"),
        .module(
            "support-machine", "a monitor that may run commands", file: "roles.tf", "\"ec2:DescribeAvailabilityZones\"",
            "\"ssm:SendCommand\"", notices: "the_role_finds_machines_and_tells_the_topic"),
        .module(
            "support-machine", "the node exporter open to every address", file: "main.tf",
            "cidr_ipv4                    = try(var.peering.own_cidr_block, null)",
            "cidr_ipv4                    = \"0.0.0.0/0\"",
            notices: "the_machine_reads_one_port_and_nobody_connects_to_it"),
        .watched(
            "an alert on a silent machine inverted", "up{job=\"workstations\"} == 0", "up{job=\"workstations\"} == 1",
            notices: "prometheus-rules/test"),
        .watched(
            "a misspelt GPU metric", "expr: workstation_gpu_temperature_celsius", "expr: workstation_gpu_temp_celsius",
            notices: "metric-names/metric"),
        .watched(
            "an alert that goes nobody knows where", "  - {alert: WorkstationSilent, receiver: topic}\n", "",
            file: "alertmanager.test.yaml", scope: "alertmanager.yaml", notices: "alert-routes/untested"),
    ]

    private static func watched(
        _ name: String, _ text: String, _ replacement: String, file: String = "workstations.yaml",
        scope: String = "workstations.yaml", notices: String
    ) -> Break {
        let folder = "terraform/modules/golden-image/ansible/roles/prometheus/files"
        return Break(
            name: name, needs: "", scope: "\(folder)/\(scope)", file: "\(folder)/\(file)", text: text,
            replacement: replacement, notices: notices)
    }

    private static let network: [Break] = [
        .module(
            "network", "an endpoint for every action", file: "endpoints.tf", "Action    = sort(actions)",
            "Action    = [\"*\"]", notices: "the_endpoints_serve_the_own_account_only"),
        .module(
            "network", "an S3 endpoint for every bucket", file: "endpoints.tf",
            "Resource  = [\"arn:${local.partition}:s3:::${bucket}\", \"arn:${local.partition}:s3:::${bucket}/*\"]",
            "Resource  = [\"*\"]", notices: "the_s3_endpoint_serves_named_buckets_and_actions"),
        .module(
            "network", "DNS as a way out", file: "dns.tf",
            "action                  = \"BLOCK\"\n  block_response          = \"NXDOMAIN\"",
            "action                  = \"ALERT\"", notices: "dns_answers_for_the_named_domains_and_for_nothing_else"),
        .module(
            "transit-gateway", "a gateway that connects whatever is attached", file: "main.tf",
            "default_route_table_propagation = \"disable\"", "default_route_table_propagation = \"enable\"",
            notices: "the_gateway_teaches_nobody_a_route"),
        .module(
            "transit-gateway", "a route that leads one way only", file: "main.tf",
            "      \"${pair[1]} to ${pair[0]}\" = { from = pair[1], to = pair[0] }\n", "",
            notices: "only_connected_networks_have_routes_to_each_other"),
        .stack(
            "platform", "a route between support and fsx", file: "main.tf", "[\"support\", \"user\"]]",
            "[\"support\", \"user\"], [\"support\", \"fsx\"]]", notices: "three_networks_are_connected_as_drawn"),
    ]

    private static let workspace: [Break] = [
        .module(
            "shared-workspace", "Lustre open to every address", file: "security_groups.tf",
            "cidr_block = var.client_cidr_block", "cidr_block = \"0.0.0.0/0\"",
            notices: "lustre_passes_between_the_machines_and_the_file_system_only"),
        .module(
            "shared-workspace", "a folder that other users enter", file: "folders.tf", "\"0040700\"", "\"0040755\"",
            notices: "each_folder_belongs_to_one_user"),
        .module(
            "shared-workspace", "a backup that keeps nothing", file: "bucket.tf", "status = \"Enabled\"\n  }\n}",
            "status = \"Suspended\"\n  }\n}", notices: "the_bucket_keeps_what_users_delete_and_is_private"),
        .module(
            "shared-workspace", "a deletion in the bucket that deletes files", file: "main.tf",
            "      events = [\"NEW\"]\n", "      events = [\"NEW\", \"CHANGED\", \"DELETED\"]\n",
            notices: "every_change_is_exported_and_no_deletion_comes_back"),
        .module(
            "shared-workspace", "a key that FSx cannot use through the bucket", file: "kms.tf",
            "AWSServiceRoleForFSxS3Access_*", "AWSServiceRoleForFSx",
            notices: "statements_keep_their_conditions"),
    ]
}
