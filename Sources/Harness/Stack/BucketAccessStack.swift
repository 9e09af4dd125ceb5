extension CloudFormationStack {
    /// B2 to B6.
    static let bucketAccess = CloudFormationStack(
        name: "bucket-access", dependencies: [Emulator.ministack.name], template: "cloudformation/bucket-access.yaml",
        parameters: { _, _ in [:] },
        describe: { "\($0["PublicBucketName"] ?? "?") is public, \($0["PrivateBucketName"] ?? "?") is private" },
        claims: { _, _ in [] })
}
