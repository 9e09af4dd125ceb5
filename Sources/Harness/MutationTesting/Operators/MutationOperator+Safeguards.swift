extension MutationOperator {
    static let safeguards = [
        MutationOperator(
            "safeguard-off", "a protection is switched off", in: [.terraform, .cloudformation],
            caughtBy: "a test that reads the argument back"
        ) {
            $0.replacing(
                /\b(deletion_protection|enable_deletion_protection|copy_tags_to_snapshot|enable_log_file_validation|image_tests_enabled|point_in_time_recovery|DeletionProtection|EnableDeletionProtection)(\s*[=:]\s*)true\b/
            ) { ["\($0.1)\($0.2)false"] }
                + $0.replacing(/\b(http_tokens|HttpTokens)(\s*[=:]\s*"?)required\b/) { ["\($0.1)\($0.2)optional"] }
                + $0.replacing(/\b(http_put_response_hop_limit|HttpPutResponseHopLimit)(\s*[=:]\s*)1\b/) {
                    ["\($0.1)\($0.2)3"]
                }
        },
        MutationOperator(
            "deletion-policy-dropped", "data go with the stack", in: [.cloudformation],
            caughtBy: "cfn-lint I3011, and trivy"
        ) { $0.removing(/^\s+(DeletionPolicy|UpdateReplacePolicy):/) },
    ]
}
