import TestSupport

/// The fleet of workstations, its network, its image and its rollout.
extension Break {
    static let platform: [Break] = fleet + rollout + image + publisher + watching + logs + network + workspace

    private static let fleet: [Break] = [
        .module(
            id: "workstation-fleet/ssh-ingress", file: "main.tf", "# One for each user: each machine",
            "resource \"aws_vpc_security_group_ingress_rule\" \"ssh\" {\n  security_group_id = aws_security_group.machine.id\n  description       = \"SSH\"\n  ip_protocol       = \"tcp\"\n  from_port         = 22\n  to_port           = 22\n  cidr_ipv4         = \"0.0.0.0/0\"\n}\n\n# One for each user: each machine",
            notices: "trivy-config/AWS-0107"),
        .module(
            id: "workstation-fleet/home-open-to-all", file: "home.tf",
            "  referenced_security_group_id = aws_security_group.machine.id\n",
            "  cidr_ipv4                    = \"0.0.0.0/0\"\n", notices: "nothing_may_connect_to_a_machine"),
        .module(
            id: "workstation-fleet/internet-egress", file: "main.tf",
            "  prefix_list_id    = var.s3_prefix_list_id\n", "  cidr_ipv4         = \"0.0.0.0/0\"\n",
            notices: "nothing_may_connect_to_a_machine"),
        .module(
            id: "workstation-fleet/imdsv1", file: "main.tf", "http_tokens   = \"required\"",
            "http_tokens   = \"optional\"", notices: "metadata_are_read_with_a_token_within_one_hop"),
        .module(
            id: "workstation-fleet/volumes-without-key", file: "main.tf",
            "      kms_key_id            = aws_kms_key.this.arn\n", "",
            notices: "volumes_and_home_directories_are_encrypted_with_the_own_rotating_key"),
        .module(
            id: "workstation-fleet/home-without-key", file: "home.tf",
            "  kms_key_id       = aws_kms_key.this.arn\n", "",
            notices: "volumes_and_home_directories_are_encrypted_with_the_own_rotating_key"),
        .module(
            id: "workstation-fleet/machine-role-wildcard", file: "machine_roles.tf",
            "\"autoscaling:CompleteLifecycleAction\"", "\"autoscaling:*\"", notices: "no_policy_allows_every_action"),
        .module(
            id: "workstation-fleet/latest-template-version", file: "main.tf",
            "version = aws_launch_template.this[each.key].latest_version", "version = \"$Latest\"",
            notices: "machines_start_from_a_numbered_version"),
        .module(
            id: "workstation-fleet/home-lost-on-replacement", file: "main.tf",
            "          ACCESS_POINT=${aws_efs_access_point.home[each.key].id}\n", "",
            notices: "home_directories_survive_and_belong_to_one_user"),
        .module(
            id: "workstation-fleet/home-of-another-user", file: "machine_roles.tf",
            "\"elasticfilesystem:AccessPointArn\" = aws_efs_access_point.home[each.key].arn",
            "\"elasticfilesystem:AccessPointArn\" = values(aws_efs_access_point.home)[0].arn",
            notices: "home_directories_survive_and_belong_to_one_user"),
        .module(
            id: "workstation-fleet/user-reaches-every-machine", file: "user_roles.tf",
            "{ \"ssm:resourceTag/Fleet\" = var.name, \"ssm:resourceTag/User\" = each.key }",
            "{ \"ssm:resourceTag/Fleet\" = var.name }", notices: "a_user_reaches_the_own_machine_and_no_other"),
        .module(
            id: "workstation-fleet/no-machine", file: "main.tf", "desired_capacity    = 1",
            "desired_capacity    = 0", notices: "each_user_has_one_machine"),
        .module(
            id: "workstation-fleet/default-user-uid", file: "main.tf",
            "coalesce(user.uid, 20000 + ", "coalesce(user.uid, 1000 + ",
            notices: "user_numbers_are_free_and_the_same_everywhere"),
        .module(
            id: "workstation-fleet/default-user-with-sudo", file: "main.tf", "    users: []\n", "",
            notices: "cloud_init_makes_no_default_user"),
        .module(
            id: "workstation-fleet/session-cannot-connect", file: "user_roles.tf",
            "\"ssmmessages:OpenDataChannel\"", "\"ssmmessages:OpenControlChannel\"",
            notices: "a_user_may_connect_to_the_own_sessions_only"),
        .module(
            id: "workstation-fleet/alarm-without-action", file: "monitoring.tf",
            "  alarm_actions      = var.alarm_topic_arns\n", "", notices: "a_failed_self_check_is_an_alarm"),
        .module(
            id: "workstation-fleet/silence-counts-as-healthy", file: "main.tf", "default_result       = \"ABANDON\"",
            "default_result       = \"CONTINUE\"", notices: "silence_of_a_new_machine_ends_it"),
    ]

    private static let rollout: [Break] = [
        .module(
            id: "image-rollout/dead-letters-without-key", file: "events.tf",
            "  kms_master_key_id                 = aws_kms_key.this.key_id\n", "",
            notices: "logs_topic_and_queue_are_encrypted_with_the_own_rotating_key"),
        .module(
            id: "image-rollout/rollout-role-wildcard", file: "roles.tf",
            "\"ec2:CreateLaunchTemplateVersion\"", "\"ec2:*\"", notices: "the_role_changes_the_own_fleet_only"),
        .module(
            id: "image-rollout/rollout-changes-other-fleets", file: "roles.tf",
            "{ StringEquals = { \"aws:ResourceTag/Fleet\" = var.fleet_name } }",
            "{ StringLike = { \"aws:ResourceTag/Fleet\" = \"*\" } }", notices: "the_role_changes_the_own_fleet_only"),
        .module(
            id: "image-rollout/latest-template-version", file: "rollout.asl.yaml",
            "Version.$: $.made.version", "Version: $Latest",
            notices: "a_refresh_gets_a_numbered_version_alarms_and_an_automatic_rollback"),
        .module(
            id: "image-rollout/no-automatic-rollback", file: "rollout.asl.yaml", "AutoRollback: true",
            "AutoRollback: false", notices: "a_refresh_gets_a_numbered_version_alarms_and_an_automatic_rollback"),
        .module(
            id: "image-rollout/foreign-image", file: "rollout.asl.yaml", "      Owners: [self]\n", "",
            notices: "only_an_image_of_the_own_pipeline_is_rolled_out"),
        .module(
            id: "image-rollout/role-starts-any-image", file: "roles.tf", "\"ec2:Owner\" = local.account_id, ", "",
            notices: "only_an_image_of_the_own_pipeline_is_rolled_out"),
        .module(
            id: "image-rollout/dry-run-denied", file: "roles.tf",
            "[\"arn:${local.partition}:ec2:${local.region}:${local.account_id}:security-group/${var.security_group_id}\"],\n        )",
            "[\"arn:${local.partition}:ec2:${local.region}:${local.account_id}:security-group/${var.security_group_id}\"],\n        )\n        Condition = { Bool = { \"ec2:IsLaunchTemplateResource\" = \"true\" } }",
            notices: "the_dry_run_of_auto_scaling_is_allowed_for_what_the_group_supplies"),
        .module(
            id: "image-rollout/key-denies-eventbridge", file: "logs.tf",
            "\"kms:EncryptionContext:aws:sqs:arn\" = \"arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-dead-letters\"",
            "\"aws:SourceAccount\" = local.account_id", notices: "event_bridge_reaches_the_encrypted_dead_letter_queue"),
        .module(
            id: "image-rollout/topic-without-fleet-alarms", file: "notify.tf",
            "concat([\"${var.name}-*\"], var.alarm_names, var.reported_alarm_names)", "[\"${var.name}-*\"]",
            notices: "the_own_address_is_subscribed_and_alarms_may_publish"),
        .module(
            id: "image-rollout/no-dead-letters", file: "events.tf",
            "  dead_letter_config {\n    arn = aws_sqs_queue.dead_letters.arn\n  }\n", "",
            notices: "the_rules_listen_to_the_parameter_and_to_the_clock"),
    ]

    private static let image: [Break] = [
        .module(
            id: "golden-image/imdsv1", file: "main.tf",
            "http_tokens                 = \"required\"", "http_tokens                 = \"optional\"",
            notices: "the_machine_that_builds_is_private_and_closed"),
        .module(
            id: "golden-image/images-without-key", file: "main.tf",
            "      kms_key_id = aws_kms_key.this.arn\n      ami_tags", "      ami_tags",
            notices: "images_are_encrypted_with_the_own_rotating_key"),
        .module(
            id: "golden-image/key-denies-auto-scaling", file: "kms.tf", "AWSServiceRoleForAutoScaling\"",
            "AWSServiceRoleForEC2\"", notices: "images_are_encrypted_with_the_own_rotating_key"),
        .module(
            id: "golden-image/missing-folders", file: "components.tf", "mkdir --parents ${local",
            "echo ${local", notices: "folders_exist_before_files_are_downloaded"),
        .module(
            id: "golden-image/waits-for-inventory", file: "main.tf",
            "enhanced_image_metadata_enabled  = false\n\n  image_tests_configuration {\n    image_tests_enabled = true\n  }\n\n  schedule",
            "enhanced_image_metadata_enabled  = true\n\n  image_tests_configuration {\n    image_tests_enabled = true\n  }\n\n  schedule",
            notices: "builds_do_not_wait_for_an_inventory_that_the_role_may_not_send"),
        .module(
            id: "golden-image/untagged-image", file: "main.tf",
            ", (local.image_tag.key) = local.image_tag.value }", " }",
            notices: "images_are_ubuntu_and_carry_the_pipelines_tag"),
        .module(
            id: "golden-image/untested-image", file: "main.tf",
            "image_tests_enabled = true\n  }\n\n  schedule",
            "image_tests_enabled = false\n  }\n\n  schedule",
            notices: "the_role_makes_the_image_and_its_tests_can_fail_it"),
    ]

    private static let publisher: [Break] = [
        .module(
            id: "image-publisher/pull-request-gets-role", file: "main.tf",
            ":ref:refs/heads/main\"", ":pull_request\"",
            notices: "only_the_main_branch_of_the_repository_gets_the_role"),
        .module(
            id: "image-publisher/role-starts-every-pipeline", file: "main.tf",
            "image-pipeline/${var.image_name}", "image-pipeline/*",
            notices: "the_role_starts_one_pipeline_and_replaces_one_object"),
    ]

    private static let watching: [Break] = [
        .module(
            id: "support-machine/topic-out-of-reach", file: "roles.tf",
            "Resource = var.topic_arn", "Resource = \"${var.topic_arn}-other\"",
            notices: "the_role_finds_machines_and_tells_the_topic"),
        .module(
            id: "support-machine/runs-commands", file: "roles.tf", "\"ec2:DescribeAvailabilityZones\"",
            "\"ssm:SendCommand\"", notices: "the_role_finds_machines_and_tells_the_topic"),
        .module(
            id: "support-machine/exporter-open-to-world", file: "main.tf",
            "cidr_ipv4                    = try(var.peering.own_cidr_block, null)",
            "cidr_ipv4                    = \"0.0.0.0/0\"",
            notices: "terraform-test"),
        .watchedFleet(
            id: "prometheus-role/silent-machine-inverted", "up{job=\"workstations\"} == 0",
            "up{job=\"workstations\"} == 1",
            notices: "prometheus-rules/test"),
        .watchedFleet(
            id: "prometheus-role/misspelt-gpu-metric", "expr: workstation_gpu_temperature_celsius",
            "expr: workstation_gpu_temp_celsius",
            notices: "metric-names/metric"),
        .watchedFleet(
            id: "prometheus-role/untested-route", "  - {alert: WorkstationSilent, receiver: topic}\n", "",
            file: "alertmanager.test.yaml", scope: "alertmanager.yaml", notices: "alert-routes/untested"),
    ]

    private static let logs: [Break] = [
        .module(
            id: "log-domain/public-endpoint", file: "main.tf",
            "  vpc_options {\n    subnet_ids         = values(var.subnet_ids)\n    security_group_ids = [aws_security_group.this.id]\n  }\n",
            "", notices: "terraform-test"),
        .module(
            id: "log-domain/plain-http", file: "main.tf", "enforce_https       = true", "enforce_https       = false",
            notices: "lines_are_encrypted_at_rest_between_nodes_and_on_the_way"),
        .module(
            id: "log-domain/disks-without-key", file: "main.tf", "    kms_key_id = aws_kms_key.this.arn\n", "",
            notices: "lines_are_encrypted_at_rest_between_nodes_and_on_the_way"),
        .module(
            id: "log-domain/machine-reads", file: "access.tf",
            "Action    = \"es:ESHttpPost\"\n        Resource  = \"",
            "Action    = \"es:ESHttp*\"\n        Resource  = \"",
            notices: "machines_write_by_bulk_readers_read_and_nobody_else_is_named"),
        .module(
            id: "log-domain/index-in-body", file: "main.tf",
            "\"rest.action.multi.allow_explicit_index\" = \"false\"",
            "\"rest.action.multi.allow_explicit_index\" = \"true\"",
            notices: "machines_write_by_bulk_readers_read_and_nobody_else_is_named"),
        .module(
            id: "log-domain/alarm-without-receiver", file: "monitoring.tf",
            "  alarm_actions      = [var.alarm_topic_arn]\n", "",
            notices: "the_team_hears_when_lines_are_lost_or_soon_will_be"),
        .module(
            id: "support-machine/lines-for-ever", file: "main.tf",
            "          LOG_RETENTION_DAYS=${try(var.log_server.retention_days, \"\")}\n", "",
            notices: "the_machine_knows_how_long_lines_are_kept"),
        .module(
            id: "workstation-fleet/no-log-server", file: "main.tf",
            "          LOG_SERVER=${try(var.log_server.url, \"\")}\n", "",
            notices: "machines_know_their_log_server"),
    ]

    private static func watchedFleet(
        id: BreakID, _ text: String, _ replacement: String, file: String = "workstations.yaml",
        scope: String = "workstations.yaml", notices: String
    ) -> Break {
        let folder = "terraform/modules/golden-image/ansible/roles/prometheus/files"
        return Break(
            id: id, needs: "terraform/modules/golden-image", scope: "\(folder)/\(scope)", file: "\(folder)/\(file)",
            text: text,
            replacement: replacement, notices: notices)
    }

    private static let network: [Break] = [
        .module(
            id: "network/endpoint-allows-every-action", file: "endpoints.tf", "Action    = sort(actions)",
            "Action    = [\"*\"]", notices: "the_endpoints_serve_the_own_account_only"),
        .module(
            id: "network/s3-endpoint-allows-every-bucket", file: "endpoints.tf",
            "Resource  = [\"arn:${local.partition}:s3:::${bucket}\", \"arn:${local.partition}:s3:::${bucket}/*\"]",
            "Resource  = [\"*\"]", notices: "the_s3_endpoint_serves_named_buckets_and_actions"),
        .module(
            id: "network/dns-exfiltration", file: "dns.tf",
            "action                  = \"BLOCK\"\n  block_response          = \"NXDOMAIN\"",
            "action                  = \"ALERT\"", notices: "dns_answers_for_the_named_domains_and_for_nothing_else"),
        .module(
            id: "transit-gateway/default-route-propagation", file: "main.tf",
            "default_route_table_propagation = \"disable\"", "default_route_table_propagation = \"enable\"",
            notices: "the_gateway_teaches_nobody_a_route"),
        .module(
            id: "transit-gateway/one-way-route", file: "main.tf",
            "      \"${pair[1]} to ${pair[0]}\" = { from = pair[1], to = pair[0] }\n", "",
            notices: "only_connected_networks_have_routes_to_each_other"),
        .stack(
            id: "platform/support-fsx-route", file: "main.tf", "[\"support\", \"user\"]]",
            "[\"support\", \"user\"], [\"support\", \"fsx\"]]", notices: "three_networks_are_connected_as_drawn"),
    ]

    private static let workspace: [Break] = [
        .module(
            id: "shared-workspace/lustre-open-to-all", file: "security_groups.tf",
            "cidr_block = var.client_cidr_block", "cidr_block = \"0.0.0.0/0\"",
            notices: "lustre_passes_between_the_machines_and_the_file_system_only"),
        .module(
            id: "shared-workspace/folder-open-to-others", file: "folders.tf", "\"0040700\"", "\"0040755\"",
            notices: "each_folder_belongs_to_one_user"),
        .module(
            id: "shared-workspace/backup-without-versions", file: "bucket.tf", "status = \"Enabled\"\n  }\n}",
            "status = \"Suspended\"\n  }\n}", notices: "the_bucket_keeps_what_users_delete_and_is_private"),
        .module(
            id: "shared-workspace/import-deletes-files", file: "main.tf",
            "      events = [\"NEW\"]\n", "      events = [\"NEW\", \"CHANGED\", \"DELETED\"]\n",
            notices: "every_change_is_exported_and_no_deletion_comes_back"),
        .module(
            id: "shared-workspace/key-denies-fsx", file: "kms.tf",
            "AWSServiceRoleForFSxS3Access_*", "AWSServiceRoleForFSx",
            notices: "statements_keep_their_conditions"),
    ]
}
