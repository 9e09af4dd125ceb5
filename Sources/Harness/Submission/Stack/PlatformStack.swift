import HarnessSupport

extension TerraformStack {
    /// The fleet of workstations and the rollout of its image: A1 to A4.
    static let platform = TerraformStack(
        name: "platform", dependencies: [Emulator.moto.name], path: "terraform/stacks/platform",
        overrides: [
            "terraform/stacks/platform/emulator_override.tf": withoutImageBuilder,
            "terraform/modules/workstation-fleet/emulator_override.tf": withoutBackups,
        ],
        describe: { outputs in
            let users = outputs["groups"]?.object?.keys.sorted() ?? []
            return "\(users.count) workstations: \(users.joined(separator: ", "))"
        },
        claims: { outputs, aws in
            let claims = PlatformVerification(outputs: outputs, aws: aws)
            return try await NetworkVerification(outputs: outputs, aws: aws).all() + claims.reachability()
                + claims.workspace() + claims.machines() + claims.templates() + claims.homes()
                + claims.identities() + claims.watchers() + claims.publishers() + claims.rollout() + claims.notices()
                + claims.encryption() + claims.images()
        })

    /// moto 5.2.5 has no Image Builder: images are registered by hand, with the pipeline's tag.
    private static let withoutImageBuilder = """
        locals {
          image_tag = { key = "Pipeline", value = local.image_names["workstation"] }
        }

        module "golden_image" {
          for_each = {}
        }

        # The mirror is made by hand.
        resource "aws_s3_bucket_policy" "mirror" {
          count = 0
        }

        output "pipeline_arn" {
          value = null
        }

        """

    /// moto 5.2.5 has no calls for EFS's backup policies.
    private static let withoutBackups = "resource \"aws_efs_backup_policy\" \"home\" {\n  count = 0\n}\n"
}
