import HarnessSupport

extension TerraformStack {
    /// The fleet of workstations and the rollout of its image: A1 to A4.
    static let platform = TerraformStack(
        name: "platform", dependencies: [Emulator.moto.name], path: "terraform/stacks/platform",
        describe: { outputs in
            let users = outputs["groups"]?.object?.keys.sorted() ?? []
            return "\(users.count) workstations: \(users.joined(separator: ", "))"
        },
        claims: { outputs, aws in
            let claims = PlatformVerification(outputs: outputs, aws: aws)
            return try await NetworkVerification(outputs: outputs, aws: aws).all() + claims.reachability()
                + claims.workspace() + claims.machines() + claims.templates() + claims.homes()
                + claims.identities() + claims.watchers() + claims.logServer() + claims.publishers() + claims.rollout() + claims.notices()
                + claims.encryption() + claims.images()
        })
}
