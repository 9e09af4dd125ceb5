import CheckCore
import HarnessSupport
import Tooling

/// Runs `terraform validate`, which checks the syntax and the providers' schemas.
struct TerraformValidate: Check {
    let name = "terraform-validate"
    let summary = "`terraform validate` accepts the module"
    let tools = [Tool.terraform]
    let isBatched = false
    let weight = 3.0

    func subjects(in repository: Repository) -> [Subject] {
        let modules = repository.terraformModules
        return modules.keys.sorted().map { Subject(path: $0, inputs: modules.files(of: $0)) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let module = subjects[0].path
        do {
            return try await TerraformCall(module: module, context: context).run { terraform in
                let output = try await terraform(["validate", "-json"])
                return try Diagnostics(validation: output.stdout).findings(module: module, rule: name, stage: "")
            }
        } catch let skipped as Skipped {
            // References can be resolved without providers.
            let modules = context.repository.terraformModules
            let findings =
                modules[module].map {
                    TerraformReferences(of: $0, among: modules, in: context.repository).findings(
                        rule: "\(name)/undeclared")
                } ?? []
            if findings.isEmpty { throw skipped }
            return findings
        }
    }

    var explanations: [String: String] {
        [
            "encoding":
                "A file of the module is not UTF-8.",
            "terraform-validate":
                "`terraform validate` rejects the module.",
        ]
    }

    var examples: [Example] {
        [
            .sound(
                "a variable that is declared",
                ["main.tf": "variable \"a\" {\n  type = string\n}\n\noutput \"a\" {\n  value = var.a\n}\n"]),
            .broken(
                "a variable that is not declared", ["main.tf": "output \"a\" {\n  value = var.missing\n}\n"],
                triggers: "terraform-validate"),
            .broken(
                "a module that does not exist", ["main.tf": "module \"a\" {\n  source = \"./none\"\n}\n"],
                triggers: "terraform-validate"),
            .broken(
                "a block that is not closed", ["main.tf": "output \"a\" {\n  value = 1\n"],
                triggers: "terraform-validate"),
            .broken("what is not text", ["main.tf": "output \"a\" {\n  value = \"\0\"\n}\n"], triggers: "encoding"),
        ]
    }
}
