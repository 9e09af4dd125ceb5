import CheckCore
import HarnessSupport

/// Production code knows no emulator: a switch for one ships untested paths, and is one variable away from leaving out a
/// backup on a real account. What an emulator lacks goes into an override file or a target's `.tfvars`.
///
/// Source: https://developer.hashicorp.com/terraform/language/files/override
struct TerraformEmulator: Check {
    let name = "terraform-emulator"
    let summary = "Terraform modules and stacks know no emulator"
    let advice = Advice.everything

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .terraform).filter { file in
            file.path.hasSuffix(".tf") && !file.path.hasSuffix("_override.tf")
                && !file.folder.split(separator: "/").contains { ["tests", "fixtures"].contains($0) }
        }.map { Subject(path: $0.path, inputs: [$0.path]) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let lines = (context.repository.text(of: subject.path) ?? "").split(
                separator: "\n", omittingEmptySubsequences: false)
            return lines.enumerated().compactMap { index, line in
                guard let word = line.firstMatch(of: /(?i)\w*emulat\w*|\b(?:local|mini)stack\b|\bmoto\b/)?.output else {
                    return nil
                }
                return Finding(
                    rule: "\(name)/mention", path: subject.path, line: index + 1,
                    message: "the code mentions an emulator: \(word)",
                    remedy: "move the difference to an override file (*_override.tf) or to a target's .tfvars")
            }
        }
    }

    var explanations: [String: String] {
        [
            "mention":
                "A module or a stack behaves differently on an emulator, so the code that was tested is not the code that runs. Source: https://developer.hashicorp.com/terraform/language/files/override"
        ]
    }

    var examples: [Example] {
        let without = "resource \"aws_efs_backup_policy\" \"home\" {\n  count = 0\n}\n"
        let backup =
            "resource \"aws_efs_backup_policy\" \"home\" {\n  file_system_id = var.id\n\n  backup_policy {\n    status = \"ENABLED\"\n  }\n}\n"
        return [
            .sound(
                "the difference is in an override file",
                ["main.tf": backup, "emulator_override.tf": without]),
            .sound("a stack that is called motor", ["main.tf": "# The motor's stack.\nlocals {\n  a = 1\n}\n"]),
            .broken(
                "a switch for an emulator",
                [
                    "main.tf": backup.replacing("{\n  file", with: "{\n  count = var.is_emulated ? 0 : 1\n\n  file")
                ], triggers: "mention"),
            .broken(
                "an attribute that is ignored for an emulator",
                [
                    "main.tf": """
                    resource "aws_rds_cluster" "a" {
                      # moto returns this block empty.
                      lifecycle {
                        ignore_changes = [scaling_configuration]
                      }
                    }

                    """
                ],
                triggers: "mention"),
        ]
    }
}
