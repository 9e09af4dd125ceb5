import HarnessSupport

extension TerraformStack {
    /// The first stack: B11 to B14.
    static let workbench = TerraformStack(
        name: "workbench", dependencies: [Emulator.moto.name], path: "terraform/stacks/workbench",
        overrides: ["terraform/modules/aurora-cluster/emulator_override.tf": emulatedDatabase],
        describe: { outputs in
            let zones = outputs["cluster_instances"]?.object?.keys.sorted().joined(separator: " and ") ?? "?"
            let machine = "\(outputs["instance_name"]?.string ?? "?") \(outputs["instance_id"]?.string ?? "?")"
            return "\(machine), database in \(zones)"
        },
        claims: { outputs, aws in
            func name(_ output: String) throws -> String {
                guard let value = outputs[output]?.string else {
                    throw HarnessError("the stack has no output \(output)", remedy: "add it to its outputs.tf")
                }
                return value
            }
            let claims = WorkbenchVerification(
                aws: aws, cluster: try name("cluster_identifier"), publicBucket: try name("public_bucket_name"),
                privateBucket: try name("private_bucket_name"), group: try name("group_name"))
            return try await claims.machine() + claims.database() + claims.buckets() + claims.visits() + claims.users()
        })

    /// moto answers with an empty Serverless v1 block, which every second plan would fill, and ignores that query
    /// statistics are enabled.
    private static let emulatedDatabase = """
        resource "aws_rds_cluster" "this" {
          lifecycle {
            ignore_changes = [scaling_configuration]
          }
        }

        resource "aws_rds_cluster_instance" "this" {
          performance_insights_enabled          = false
          performance_insights_kms_key_id       = null
          performance_insights_retention_period = null
        }

        """
}
