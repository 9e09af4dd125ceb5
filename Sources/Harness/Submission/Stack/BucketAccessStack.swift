import Tooling

extension CloudFormationStack {
    /// B2 to B6.
    static let bucketAccess = CloudFormationStack(
        name: "bucket-access", dependencies: [Emulator.ministack.name], template: "cloudformation/bucket-access.yaml",
        // On the emulator nobody has an MFA device.
        parameters: { target, _ in target == .local ? ["RequireMfa": "false"] : ["UserName": userOnAccount] },
        describe: { "\($0["PublicBucketName"] ?? "?") is public, \($0["PrivateBucketName"] ?? "?") is private" },
        claims: { outputs, aws in try await BucketAccessVerification(outputs, aws).all() })

    /// The template's default, vera, is a user of the stack `workbench` too, and a name exists once in an account:
    /// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html, EntityAlreadyExists.
    static let userOnAccount = "vera-developer"
}
