import Tooling

extension CloudFormationStack {
    /// B2 to B6.
    static let bucketAccess = CloudFormationStack(
        name: "bucket-access", dependencies: [Emulator.ministack.name], template: "cloudformation/bucket-access.yaml",
        // The emulator has no MFA devices.
        parameters: { target, _ in target == .local ? ["RequireMfa": "false"] : ["UserName": userOnAccount] },
        describe: { "\($0["PublicBucketName"] ?? "?") is public, \($0["PrivateBucketName"] ?? "?") is private" },
        claims: { outputs, aws in try await BucketAccessVerification(outputs, aws).all() })

    /// The template's default, vera, is also a user of the stack `workbench`, and user names are unique in an account:
    /// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html, EntityAlreadyExists.
    static let userOnAccount = "vera-developer"
}
