import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Runs Terraform on a staged copy of one module and the modules that it calls.
struct TerraformCall: Sendable {
    let module: String
    let context: CheckContext

    /// Initialises the copy, runs `body` with a function that calls Terraform in it, and removes the copy.
    ///
    /// - Throws: `Skipped` if a provider or a remote module is not available.
    func run(_ body: (_ terraform: ([String]) async throws -> Command.Output) async throws -> [Finding]) async throws
        -> [Finding]
    {
        let modules = context.repository.terraformModules
        // Terraform takes minutes to repeat this error for every byte.
        let code = modules.files(of: module).filter { $0.hasSuffix(".tf") }
        for file in code {
            if let problem = Self.unreadable(file, in: context.repository, rule: "terraform-validate") {
                return [problem]
            }
        }
        let program = try await context.path(of: .terraform)
        return try await context.withStage(modules.files(of: module)) { stage in
            var variables = try TerraformEnvironment(home: context.toolbox.home).variables(
                data: stage.appendingPath(".data"))
            variables.merge(TerraformEnvironment.withoutAccount) { $1 }
            variables["TF_REATTACH_PROVIDERS"] = await context.toolbox.providers.reattachment(
                for: modules.providers(of: module))
            let terraform = { (arguments: [String]) in
                try await Command(
                    program, ["-chdir=\(stage.appendingPath(module))"] + arguments, environment: variables
                ).run()
            }
            let initialised = try await terraform(["init", "-backend=false", "-no-color", "-input=false"])
            if !initialised.isSuccess {
                if let reason = Self.unavailable(initialised.stderr) { throw Skipped(reason) }
                // An error in the code stops `init`; `validate` reports where.
                let findings = try Diagnostics(validation: try await terraform(["validate", "-json"]).stdout)
                    .findings(module: module, rule: "terraform-validate", stage: stage)
                return findings.isEmpty
                    ? [Finding(rule: "terraform-validate/init", path: module, message: initialised.lastLine)] : findings
            }
            return try await body(terraform)
        }
    }

    /// Input that crashes Terraform or trivy, or that they take minutes to reject; `nil` for any other file.
    static func unreadable(_ file: String, in repository: Repository, rule: String) -> Finding? {
        guard repository.isText(file) else {
            return Finding(
                rule: "\(rule)/encoding", path: file, message: "the file is not UTF-8 text",
                remedy: "convert the file to UTF-8, or change its extension")
        }
        guard HCLBody.depth(of: repository.bytes(of: file) ?? []) > HCLBody.deepest else { return nil }
        return Finding(
            rule: "\(rule)/depth", path: file, message: "the file nests more than \(HCLBody.deepest) levels deep",
            remedy: "split the expression into several values")
    }

    /// The reason why `init` failed if something external was missing; `nil` if the code is at fault.
    private static func unavailable(_ stderr: String) -> String? {
        let signs = [
            "Failed to query available provider packages": "a required provider is neither mirrored nor reachable",
            "Failed to install provider": "a required provider could not be fetched",
            "Failed to download module": "a remote module could not be fetched",
            "Could not download module": "a remote module could not be fetched",
            "Failed to retrieve available versions": "a remote module could not be fetched",
            "Error accessing remote module registry": "a remote module could not be fetched",
        ]
        return signs.first { stderr.contains($0.key) }.map { $0.value }
    }
}

/// Terraform's diagnostics as JSON.
///
/// Source: Terraform documentation, CLI, `terraform validate -json` and machine-readable UI.
struct Diagnostics {
    struct Diagnostic: Decodable {
        struct Position: Decodable {
            let line: Int
            let column: Int
        }
        struct Range: Decodable {
            let filename: String
            let start: Position
        }
        let severity: String
        let summary: String
        let detail: String?
        let range: Range?
    }

    var items: [Diagnostic]

    private struct Validation: Decodable { let diagnostics: [Diagnostic] }
    private struct Message: Decodable {
        let diagnostic: Diagnostic?
    }

    /// - Throws: when the output is not the document that `validate -json` promises.
    init(validation output: String) throws {
        items = try JSONDecoder().decode(Validation.self, from: Data(output.utf8)).diagnostics
    }

    /// One JSON message per line, as `test -json` writes them.
    init(stream output: String) {
        items = output.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Message.self, from: Data($0.utf8)).diagnostic
        }
    }

    func findings(module: String, rule: String, stage: String) -> [Finding] {
        items.map { item in
            let detail = (item.detail ?? "").split(whereSeparator: \.isNewline).joined(separator: " ")
            let file = item.range.flatMap { module.appendingPath($0.filename).normalizedPath } ?? module
            return Finding(
                rule: rule, severity: item.severity == "error" ? .error : .warning, path: file,
                line: item.range?.start.line, column: item.range?.start.column,
                message: (detail.isEmpty ? item.summary : "\(item.summary): \(detail)")
                    .replacingOccurrences(of: stage + "/", with: ""))
        }
    }
}
