extension MutationOperator {
    static let encryption = [
        MutationOperator(
            "encryption-off", "data are kept in clear", in: [.terraform, .cloudformation],
            caughtBy: "a test of the module that reads the argument back"
        ) {
            $0.replacing(/\b(\w*[eE]ncrypt\w*|enable_key_rotation|EnableKeyRotation)(\s*[=:]\s*)true\b/) {
                ["\($0.1)\($0.2)false"]
            }
        },
        MutationOperator(
            "own-key-dropped", "the provider's key takes the place of the own one", in: [.terraform, .cloudformation],
            caughtBy: "a test of the module that compares the key"
        ) {
            $0.removing(
                /^\s+(kms_key_id|kms_key_arn|kms_master_key_id|KmsMasterKeyId|KmsKeyId|KMSMasterKeyID)\s*[=:]\s*[^\s{\[]/
            )
        },
    ]
}
