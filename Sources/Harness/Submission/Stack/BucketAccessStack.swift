import Tooling

extension CloudFormationStack {
    /// B2 to B6.
    static let bucketAccess = CloudFormationStack(
        name: "bucket-access", dependencies: [Emulator.ministack.name], template: "cloudformation/bucket-access.yaml",
        // On the emulator nobody has an MFA device.
        parameters: { target, _ in target == .local ? ["RequireMfa": "false"] : [:] },
        describe: { "\($0["PublicBucketName"] ?? "?") is public, \($0["PrivateBucketName"] ?? "?") is private" },
        claims: { outputs, aws in try await BucketAccessVerification(outputs, aws).all() })
}
