/// SageMaker's endpoint, registry, and what retrains.
extension Break {
    static let modelHosting: [Break] = [
        .module(
            id: "model-pipeline/pipeline-approves-models", file: "roles.tf",
            "\"sagemaker:DescribeModelPackage\", \"sagemaker:DescribeModelPackageGroup\"",
            "\"sagemaker:DescribeModelPackage\", \"sagemaker:UpdateModelPackage\"",
            notices: "the_pipeline_starts_jobs_in_the_vpc_and_approves_nothing"),
        .module(
            id: "model-pipeline/jobs-outside-vpc", file: "roles.tf",
            ", Null = { \"sagemaker:VpcSubnets\" = \"false\" }", "",
            notices: "the_pipeline_starts_jobs_in_the_vpc_and_approves_nothing"),
        .module(
            id: "model-pipeline/jobs-cannot-encrypt-volumes", file: "roles.tf", "\"kms:CreateGrant\"",
            "\"kms:DescribeKey\"", notices: "jobs_may_encrypt_their_volumes_with_the_own_key"),
        .module(
            id: "model-endpoint/deployment-cannot-read-alarms", file: "roles.tf",
            "\"cloudwatch:DescribeAlarms\"", "\"cloudwatch:ListMetrics\"",
            notices: "sagemaker_may_read_the_alarms_and_encrypt_the_volumes"),
        .module(
            id: "model-endpoint/monitor-without-region", file: "monitor.tf", "{ AWS_DEFAULT_REGION", "{ AWS_REGION",
            notices: "the_schedule_names_each_job_and_keeps_what_failed"),
        .module(
            id: "model-endpoint/escaped-job-name", file: "monitor.tf",
            "replace(replace(jsonencode(local.monitor_job), \"\\\\u003c\", \"<\"), \"\\\\u003e\", \">\")",
            "jsonencode(local.monitor_job)", notices: "the_schedule_names_each_job_and_keeps_what_failed"),
        .module(
            id: "model-pipeline/mutable-image-tags", file: "main.tf", "\"IMMUTABLE\"", "\"MUTABLE\"",
            notices: "images_keep_their_tags_and_are_scanned"),
        .module(
            id: "model-pipeline/dead-letter-key-denies-eventbridge", file: "kms.tf",
            "\"kms:EncryptionContext:aws:sqs:arn\" = \"arn:${local.partition}:sqs:${local.own}:${var.name}-drift-dead-letters\"",
            "\"aws:SourceAccount\" = local.account_id",
            notices: "event_bridge_reaches_the_encrypted_dead_letter_queue"),
        .module(
            id: "model-pipeline/lock-not-exclusive", file: "retrain.asl.json",
            "\"attribute_not_exists(id) OR holder = :me\"", "\"holder <> :me OR holder = :me\"",
            notices: "one_retraining_at_a_time"),
        .module(
            id: "model-pipeline/lock-released-early", file: "retrain.asl.json",
            "\"Next\": \"CoolDown\"", "\"Next\": \"Release\"", notices: "one_retraining_at_a_time"),
        .module(
            id: "model-endpoint/standby-with-traffic", file: "main.tf", "green = 0",
            "green = 1", notices: "two_variants_with_all_requests_on_blue"),
        .module(
            id: "model-endpoint/standby-too-small", file: "main.tf",
            "initial_instance_count = local.on_instances ? var.min_instances : null",
            "initial_instance_count = local.on_instances ? 1 : null",
            notices: "two_variants_with_all_requests_on_blue"),
        .module(
            id: "model-endpoint/shadow-beside-two-variants", file: "main.tf",
            "local.on_instances && !local.has_shadow ?", "local.on_instances ?",
            notices: "a_shadow_gets_copies_and_answers_nothing"),
        .module(
            id: "model-endpoint/missing-captures-late-alarm", file: "alarms.tf",
            "period = 21600, periods = 2", "period = 86400, periods = 1",
            notices: "a_monitor_that_sees_nothing_is_an_alarm"),
        .module(
            id: "model-endpoint/container-with-network", file: "main.tf",
            "enable_network_isolation = local.is_isolated", "enable_network_isolation = false",
            notices: "two_variants_with_all_requests_on_blue"),
        .module(
            id: "model-endpoint/serverless-in-vpc", file: "main.tf", "var.hosting != \"serverless\"", "true",
            notices: "a_serverless_model_is_neither_isolated_nor_in_the_vpc"),
        .module(
            id: "model-endpoint/silent-monitor", file: "alarms.tf", "missing = \"breaching\"",
            "missing = \"notBreaching\"", notices: "a_monitor_that_sees_nothing_is_an_alarm"),
        .module(
            id: "model-endpoint/endpoint-lists-buckets", file: "roles.tf",
            "Sid      = \"ReadModelsAndClaimsOfTransformJobs\"\n        Effect   = \"Allow\"\n        Action   = \"s3:GetObject\"",
            "Sid      = \"ReadModelsAndClaimsOfTransformJobs\"\n        Effect   = \"Allow\"\n        Action   = [\"s3:GetObject\", \"s3:ListBucket\"]",
            notices: "only_what_knows_no_resource_is_allowed_everywhere"),
    ]
}
