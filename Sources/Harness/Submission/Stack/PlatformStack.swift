import HarnessSupport

extension TerraformStack {
    /// The fleet of workstations and the rollout of its image: A1 to A4.
    static let platform = TerraformStack(
        name: "platform", dependencies: [Emulator.moto.name], path: "terraform/stacks/platform",
        overrides: ["terraform/modules/log-domain/emulator_override.tf": withoutWaiting],
        describe: { outputs in
            let users = outputs["groups"]?.object?.keys.sorted() ?? []
            return "\(users.count) workstations: \(users.joined(separator: ", "))"
        },
        claims: { outputs, aws in
            let claims = PlatformVerification(outputs: outputs, aws: aws)
            return try await NetworkVerification(outputs: outputs, aws: aws).all() + claims.reachability()
                + claims.workspace() + claims.machines() + claims.templates() + claims.homes()
                + claims.identities() + claims.watchers() + claims.logServer() + claims.publishers() + claims.rollout()
                + claims.notices()
                + claims.encryption() + claims.images()
        })

    /// The provider waits ten minutes before it looks at a new domain for the first time, and as long after a removal.
    /// When its time is up, it looks once more: the emulator's domain is there at once.
    /// Source: hashicorp/terraform-provider-aws@v5.100.0:internal/service/opensearch/wait.go
    private static let withoutWaiting = """
        resource "aws_opensearch_domain" "this" {
          timeouts {
            create = "1s"
            update = "1s"
            delete = "40s"
          }
        }

        """
}
