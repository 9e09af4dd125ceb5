/// The S3 processor's role, trigger and buckets.
extension Break {
    static let processor: [Break] = [
        .module(
            id: "s3-processor/reserved-concurrency", file: "main.tf", "? -1 :", "? 10 :",
            notices: "the_function_is_limited_and_encrypted"),
        .module(
            id: "s3-processor/results-wildcard", file: "iam.tf",
            "[\"s3:PutObject\", \"s3:GetObject\", \"s3:AbortMultipartUpload\"]", "[\"s3:*\"]",
            notices: "the_role_allows_these_actions_on_these_resources_and_nothing_else"),
        .module(
            id: "s3-processor/reads-whole-bucket", file: "iam.tf",
            "${local.input_bucket_arn}/${var.input_prefix}*", "${local.input_bucket_arn}/*",
            notices: "the_role_allows_these_actions_on_these_resources_and_nothing_else"),
        .module(
            id: "s3-processor/invoked-by-any-account", file: "main.tf",
            "  source_account = local.account_id\n", "",
            notices: "only_the_input_bucket_of_this_account_may_call_the_function"),
        .module(
            id: "s3-processor/no-dead-letters", file: "main.tf",
            "  dead_letter_config {\n    target_arn = aws_sqs_queue.dead_letters.arn\n  }\n", "",
            notices: "failures_end_in_the_queue_and_in_alarms"),
        .module(
            id: "s3-processor/results-trigger-function", file: "variables.tf",
            "var.results_bucket != var.input_bucket", "var.results_bucket != \"\"",
            notices: "results_in_the_input_bucket_are_refused"),
        .module(
            id: "s3-backfill/rerun-writes-results-elsewhere", file: "backfill.asl.yaml",
            "versionId.$: $.VersionId, ", "", notices: "the_function_gets_the_event_that_s3_itself_would_send"),
        .module(
            id: "s3-backfill/old-versions-processed-again", file: "backfill.asl.yaml",
            "                - { Variable: $.IsLatest, StringEquals: \"true\" }\n", "",
            notices: "only_current_versions_with_a_wanted_suffix_are_processed"),
        .module(
            id: "s3-backfill/failures-unreported", file: "backfill.asl.yaml",
            "Default: ObjectsFailed", "Default: Done", notices: "limits_reach_the_map"),
        .module(
            id: "s3-backfill/inventory-without-version-ids", file: "main.tf", "= \"All\"", "= \"Current\"",
            notices: "the_inventory_lists_what_the_machine_reads"),
        .module(
            id: "s3-backfill/backfill-may-read-every-bucket", file: "roles.tf",
            "\"${aws_s3_bucket.this.arn}/inventory/*\"", "\"*\"",
            notices: "the_role_allows_these_actions_on_these_resources_and_nothing_else"),
        .module(
            id: "s3-backfill/inventory-any-bucket", file: "bucket.tf",
            "    ArnLike      = { \"aws:SourceArn\" = local.input_bucket_arn }\n", "",
            notices: "only_s3_itself_writes_the_inventory_and_only_for_the_input_bucket"),
        .stack(
            id: "processor/input-without-key", file: "input.tf",
            "      kms_master_key_id = aws_kms_key.input.arn\n", "",
            notices: "claims_are_guarded_before_they_are_processed"),
        .stack(
            id: "processor/input-over-plain-http", file: "input.tf", "\"aws:SecureTransport\" = \"false\"",
            "\"aws:SecureTransport\" = \"true\"", notices: "claims_are_guarded_before_they_are_processed"),
    ]
}
