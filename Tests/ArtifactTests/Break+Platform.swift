/// The fleet of workstations, its network, its image and its rollout.
extension Break {
    static let platform: [Break] = fleet + rollout + image + network + workspace

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
            "workstation-fleet", "silence taken for health", file: "main.tf", "default_result       = \"ABANDON\"",
            "default_result       = \"CONTINUE\"", notices: "silence_of_a_new_machine_ends_it"),
    ]

    private static let rollout: [Break] = [
        .module(
            "image-rollout", "a lock without the own key", file: "main.tf", "    kms_key_arn = aws_kms_key.this.arn\n",
            "", notices: "lock_logs_topic_and_queue_are_encrypted_with_the_own_rotating_key"),
        .module(
            "image-rollout", "a wildcard in the rollout's role", file: "roles.tf",
            "\"ec2:CreateLaunchTemplateVersion\"", "\"ec2:*\"", notices: "the_role_changes_the_own_fleet_only"),
        .module(
            "image-rollout", "a rollout that may change other fleets", file: "roles.tf",
            "{ StringEquals = { \"aws:ResourceTag/Fleet\" = var.fleet_name } }",
            "{ StringLike = { \"aws:ResourceTag/Fleet\" = \"*\" } }", notices: "the_role_changes_the_own_fleet_only"),
        .module(
            "image-rollout", "a rollout that pins $Latest", file: "rollout.asl.json",
            "\"Version.$\": \"$.wanted.version\"", "\"Version\": \"$Latest\"",
            notices: "a_group_is_given_a_numbered_version"),
        .module(
            "image-rollout", "a lock that everybody gets", file: "rollout.asl.json",
            "\"ConditionExpression\": \"attribute_not_exists(id) OR holder = :me\"",
            "\"ConditionExpression\": \"attribute_exists(id) OR attribute_not_exists(id)\"",
            notices: "the_lock_is_taken_on_a_condition"),
        .module(
            "image-rollout", "a group that shrinks on replacement", file: "rollout.asl.json",
            "\"ShouldDecrementDesiredCapacity\": false", "\"ShouldDecrementDesiredCapacity\": true",
            notices: "a_group_is_given_a_numbered_version"),
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
            "golden-image", "an image that is not tested", file: "main.tf",
            "image_tests_enabled = true\n  }\n\n  schedule",
            "image_tests_enabled = false\n  }\n\n  schedule",
            notices: "the_role_makes_the_image_and_its_tests_can_fail_it"),
    ]

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
