/// The S3 processor's role, trigger and buckets.
extension Break {
    static let processor: [Break] = [
        .module(
            "s3-processor", "a reservation that a new account cannot give", file: "main.tf", "? -1 :", "? 10 :",
            notices: "the_function_is_limited_and_encrypted"),
        .module(
            "s3-processor", "a function that may do everything with its results", file: "iam.tf",
            "[\"s3:PutObject\", \"s3:GetObject\", \"s3:AbortMultipartUpload\"]", "[\"s3:*\"]",
            notices: "the_role_allows_these_actions_on_these_resources_and_nothing_else"),
        .module(
            "s3-processor", "a function that may read the whole input bucket", file: "iam.tf",
            "${local.input_bucket_arn}/${var.input_prefix}*", "${local.input_bucket_arn}/*",
            notices: "the_role_allows_these_actions_on_these_resources_and_nothing_else"),
        .module(
            "s3-processor", "a function that anybody's bucket may call", file: "main.tf",
            "  source_account = local.account_id\n", "",
            notices: "only_the_input_bucket_of_this_account_may_call_the_function"),
        .module(
            "s3-processor", "failed events that are lost", file: "main.tf",
            "  dead_letter_config {\n    target_arn = aws_sqs_queue.dead_letters.arn\n  }\n", "",
            notices: "failures_end_in_the_queue_and_in_alarms"),
        .module(
            "s3-processor", "results in the bucket that calls the function", file: "variables.tf",
            "var.results_bucket != var.input_bucket", "var.results_bucket != \"\"",
            notices: "results_in_the_input_bucket_are_refused"),
        .stack(
            "processor", "claims without the own key", file: "input.tf",
            "      kms_master_key_id = aws_kms_key.input.arn\n", "",
            notices: "claims_are_guarded_before_they_are_processed"),
        .stack(
            "processor", "claims over plain HTTP", file: "input.tf", "\"aws:SecureTransport\" = \"false\"",
            "\"aws:SecureTransport\" = \"true\"", notices: "claims_are_guarded_before_they_are_processed"),
    ]
}
