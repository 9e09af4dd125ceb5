import HarnessSupport

extension TerraformStack {
    /// The fleet of workstations and the rollout of its image: A1 to A4.
    static let platform = TerraformStack(
        name: "platform", dependencies: [Emulator.moto.name], path: "terraform/stacks/platform",
        overrides: [
            "terraform/modules/log-domain/emulator_override.tf": withoutWaiting,
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
                + claims.identities() + claims.watchers() + claims.logServer() + claims.publishers()
                + claims.rollout() + claims.notices() + claims.encryption() + claims.images()
        })

    /// The provider waits ten minutes before it first polls a new domain, and as long after a deletion.
    /// At its time-out, it polls once more; the emulator's domain exists immediately.
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

    /// moto 5.2.5 does not support Image Builder: the harness registers images with the pipeline's tag.
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

    /// moto 5.2.5 does not support EFS backup policies.
    private static let withoutBackups = "resource \"aws_efs_backup_policy\" \"home\" {\n  count = 0\n}\n"
}
