/// SageMaker's endpoint, registry, and what retrains.
extension Break {
    static let modelHosting: [Break] = [
        .module(
            "model-pipeline", "a pipeline that approves its own models", file: "roles.tf",
            "\"sagemaker:DescribeModelPackage\", \"sagemaker:DescribeModelPackageGroup\"",
            "\"sagemaker:DescribeModelPackage\", \"sagemaker:UpdateModelPackage\"",
            notices: "the_pipeline_starts_jobs_in_the_vpc_and_approves_nothing"),
        .module(
            "model-pipeline", "jobs outside the VPC", file: "roles.tf",
            ", Null = { \"sagemaker:VpcSubnets\" = \"false\" }", "",
            notices: "the_pipeline_starts_jobs_in_the_vpc_and_approves_nothing"),
        .module(
            "model-pipeline", "jobs that may not encrypt their volumes", file: "roles.tf", "\"kms:CreateGrant\"",
            "\"kms:DescribeKey\"", notices: "jobs_may_encrypt_their_volumes_with_the_own_key"),
        .module(
            "model-endpoint", "a deployment that may not read its alarms", file: "roles.tf",
            "\"cloudwatch:DescribeAlarms\"", "\"cloudwatch:ListMetrics\"",
            notices: "sagemaker_may_read_the_alarms_and_encrypt_the_volumes"),
        .module(
            "model-endpoint", "a schedule whose jobs all get one escaped name", file: "monitor.tf",
            "replace(replace(jsonencode(local.monitor_job), \"\\\\u003c\", \"<\"), \"\\\\u003e\", \">\")",
            "jsonencode(local.monitor_job)", notices: "the_schedule_names_each_job_and_keeps_what_failed"),
        .module(
            "model-pipeline", "images whose tag can move", file: "main.tf", "\"IMMUTABLE\"", "\"MUTABLE\"",
            notices: "images_keep_their_tags_and_are_scanned"),
        .module(
            "model-pipeline", "a dead-letter key that EventBridge cannot use", file: "kms.tf",
            "\"kms:EncryptionContext:aws:sqs:arn\" = \"arn:${local.partition}:sqs:${local.own}:${var.name}-drift-dead-letters\"",
            "\"aws:SourceAccount\" = local.account_id",
            notices: "event_bridge_reaches_the_encrypted_dead_letter_queue"),
        .module(
            "model-pipeline", "a lock that anybody may take", file: "retrain.asl.json",
            "\"attribute_not_exists(id) OR holder = :me\"", "\"holder <> :me OR holder = :me\"",
            notices: "one_retraining_at_a_time"),
        .module(
            "model-pipeline", "a lock that ends before the cool-down", file: "retrain.asl.json",
            "\"Next\": \"CoolDown\"", "\"Next\": \"Release\"", notices: "one_retraining_at_a_time"),
        .module(
            "model-endpoint", "a standby with requests from the start", file: "main.tf", "green = 0",
            "green = 1", notices: "two_variants_with_all_requests_on_blue"),
        .module(
            "model-endpoint", "a standby that cannot take all requests", file: "main.tf",
            "initial_instance_count = local.on_instances ? var.min_instances : null",
            "initial_instance_count = local.on_instances ? 1 : null",
            notices: "two_variants_with_all_requests_on_blue"),
        .module(
            "model-endpoint", "a shadow beside two variants that answer", file: "main.tf",
            "local.on_instances && !local.has_shadow ?", "local.on_instances ?",
            notices: "a_shadow_gets_copies_and_answers_nothing"),
        .module(
            "model-endpoint", "missing captures that ring after a day", file: "alarms.tf",
            "period = 21600, periods = 2", "period = 86400, periods = 1",
            notices: "a_monitor_that_sees_nothing_is_an_alarm"),
        .module(
            "model-endpoint", "a container with a network", file: "main.tf", "enable_network_isolation = true",
            "enable_network_isolation = false", notices: "two_variants_with_all_requests_on_blue"),
        .module(
            "model-endpoint", "a monitor that may fail unnoticed", file: "alarms.tf", "missing = \"breaching\"",
            "missing = \"notBreaching\"", notices: "a_monitor_that_sees_nothing_is_an_alarm"),
        .module(
            "model-endpoint", "an endpoint that may look around in buckets", file: "roles.tf",
            "Sid      = \"ReadModelsAndClaimsOfTransformJobs\"\n        Effect   = \"Allow\"\n        Action   = \"s3:GetObject\"",
            "Sid      = \"ReadModelsAndClaimsOfTransformJobs\"\n        Effect   = \"Allow\"\n        Action   = [\"s3:GetObject\", \"s3:ListBucket\"]",
            notices: "only_what_knows_no_resource_is_allowed_everywhere"),
    ]
}
