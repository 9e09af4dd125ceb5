import CheckCore
import DocumentModels
import HarnessSupport

/// Checks that state in S3 is encrypted and locked: it contains secrets, and two concurrent runs corrupt it.
///
/// Source: Terraform's documentation, Backend Type: s3, where `encrypt` and `use_lockfile` are false by default.
struct TerraformState: Check {
    let name = "terraform-state"
    let summary = "state in S3 is encrypted and locked"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .terraform).filter {
            $0.path.hasSuffix(".tf") && repository.text(of: $0.path)?.contains("backend") == true
        }.map { file in
            // Files for -backend-config are in the same folder.
            let beside = repository.artifacts.map(\.path).filter {
                $0.parentPath == file.folder && $0.hasSuffix(".tfbackend")
            }
            return Subject(path: file.path, inputs: [file.path] + beside)
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let body = context.repository.hcl(subject.path)
            let backends = (body?.blocks("terraform") ?? []).flatMap { $0.body.blocks("backend") }
            return backends.filter { $0.labels == ["s3"] }.flatMap { backend -> [Finding] in
                func finding(_ rule: String, _ message: String, _ remedy: String) -> Finding {
                    Finding(
                        rule: "\(name)/\(rule)", severity: .warning, path: subject.path, line: backend.line,
                        message: message, remedy: remedy)
                }
                var findings: [Finding] = []
                let beside = subject.inputs.dropFirst().compactMap {
                    context.repository.hcl($0)
                }
                func value(_ name: String) -> String? {
                    ([backend.body] + beside).lazy.compactMap { $0.expression(name) }.first?
                        .filter { $0 != "\"" }
                }
                if value("encrypt") != "true" {
                    findings.append(
                        finding("encryption", "the backend does not encrypt the state in S3", "add `encrypt = true`"))
                }
                let isLocked = value("use_lockfile") == "true" || !(value("dynamodb_table") ?? "").isEmpty
                if !isLocked {
                    findings.append(
                        finding(
                            "lock", "the backend has no lock, so two runs can change the state at the same time",
                            "add `use_lockfile = true`"))
                }
                return findings
            }
        }
    }

    var explanations: [String: String] {
        [
            "encryption":
                "The backend does not encrypt the state, which holds secrets.",
            "lock":
                "The backend has no lock. Two runs at the same time damage the state. Source: https://developer.hashicorp.com/terraform/language/backend/s3",
        ]
    }

    var examples: [Example] {
        func backend(_ text: String, type: String = "s3") -> [String: String] {
            ["backend.tf": "terraform {\n  backend \"\(type)\" {\n\(text)  }\n}\n"]
        }
        let (encrypted, locked) = ("    encrypt      = true\n", "    use_lockfile = true\n")
        return [
            .sound("a state that is encrypted and locked", backend(encrypted + locked)),
            .sound("the same in quotes", backend(encrypted.replacing("true", with: "\"true\"") + locked)),
            .sound(
                "what is given at init", backend("").merging(["prod.s3.tfbackend": encrypted + locked]) { $1 }),
            .broken("a table without a name", backend(encrypted + "    dynamodb_table = \"\"\n"), triggers: "lock"),
            .sound("one that a table locks", backend(encrypted + "    dynamodb_table = \"locks\"\n")),
            .sound("a state elsewhere", backend("", type: "gcs")),
            .broken("a state that is not encrypted", backend(locked), triggers: "encryption"),
            .broken(
                "one that says so", backend("    encrypt      = false\n" + locked), triggers: "encryption"),
            .broken("a state that nothing locks", backend(encrypted), triggers: "lock"),
        ]
    }
}
