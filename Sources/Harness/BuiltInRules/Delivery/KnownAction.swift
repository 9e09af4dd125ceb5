/// Outputs that well-known actions declare in their action.yml.
///
/// Source: action.yml of each at its latest release on 2026-08-01: actions/cache v5, actions/checkout v6,
/// actions/setup-* v6, actions/upload-artifact v6, actions/download-artifact v7, docker/build-push-action v6,
/// docker/metadata-action v5, aws-actions/configure-aws-credentials v5, aws-actions/amazon-ecr-login v2.
enum KnownAction {
    static let outputs: [String: [String]] = [
        "actions/cache": ["cache-hit"],
        "actions/cache/restore": ["cache-hit", "cache-primary-key", "cache-matched-key"],
        "actions/checkout": ["ref", "commit"],
        "actions/setup-node": ["cache-hit", "node-version"],
        "actions/setup-python": ["python-version", "cache-hit", "python-path"],
        "actions/setup-go": ["go-version", "cache-hit"],
        "actions/setup-java": ["distribution", "version", "path", "cache-hit"],
        "actions/upload-artifact": ["artifact-id", "artifact-url", "artifact-digest"],
        "actions/download-artifact": ["download-path"],
        "actions/github-script": ["result"],
        "docker/build-push-action": ["imageid", "digest", "metadata"],
        "docker/metadata-action": [
            "version", "tags", "labels", "annotations", "json", "bake-file", "bake-file-tags", "bake-file-labels",
            "bake-file-annotations",
        ],
        "aws-actions/configure-aws-credentials": [
            "aws-account-id", "aws-access-key-id", "aws-secret-access-key", "aws-session-token", "authenticated-arn",
            "aws-expiration",
        ],
        "aws-actions/amazon-ecr-login": ["registry"],
    ]
}
