import CheckCore
import CheckEngine
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Runs single tools on the mutants, each tool by itself and with all mutants of its kinds in one call.
///
/// Each mutant is in its own folder, at its original path; the unmodified files are in another folder. A tool catches a
/// mutant if it reports something that it does not report for the unmodified file.
struct ToolComparison: Sendable {
    let repository: Repository
    let toolbox: Toolbox

    private struct Lone: Sendable {
        let name: String
        let kinds: Set<MutationKind>
        let checks: [any Check]
        var artifacts: Set<ArtifactKind>?
    }

    private static let tools = [
        Lone(
            name: "trivy", kinds: [.terraform, .cloudformation, .kubernetes, .containerfile],
            checks: Checks.named("trivy-config", "trivy-secret")),
        Lone(name: "cfn-lint", kinds: [.cloudformation], checks: Checks.named("cfn-lint")),
        Lone(name: "kubernetes-validate", kinds: [.kubernetes, .alerts], checks: [KubernetesValidate()]),
        Lone(name: "shellcheck", kinds: [.shell], checks: Checks.named("shellcheck")),
        Lone(name: "hadolint", kinds: [.containerfile], checks: Checks.named("hadolint")),
        Lone(
            name: "check-jsonschema", kinds: [.pipeline], checks: Checks.named("workflow-schema"),
            artifacts: [.githubWorkflow]),
        Lone(name: "zizmor", kinds: [.pipeline], checks: Checks.named("zizmor"), artifacts: [.githubWorkflow]),
        Lone(name: "promtool", kinds: [.alerts], checks: Checks.named("prometheus-rules")),
        Lone(name: "ruff", kinds: [.python], checks: Checks.named("ruff")),
    ]

    /// - Parameter say: gets a message when a tool starts or cannot judge.
    func compare(_ mutants: [Mutant], say: (String) -> Void) async throws -> [MutationReport.ToolCount] {
        var counts: [MutationReport.ToolCount] = []
        for tool in Self.tools {
            let own = mutants.filter { tool.kinds.contains($0.kind) }
            guard !own.isEmpty else { continue }
            say("\(tool.name) alone, on \(own.count) mutants")
            do {
                let caught = try await caught(own, by: tool)
                var count = MutationReport.ToolCount(tool: tool.name)
                for (mutant, isCaught) in zip(own, caught) { count.add(mutant.kind, isCaught) }
                counts.append(count)
            } catch let missing as Tool.Missing {
                say("\(tool.name): \(missing)")
            } catch let skipped as Skipped {
                say("\(tool.name): \(skipped.reason)")
            }
        }
        return counts
    }

    private func caught(_ mutants: [Mutant], by tool: Lone) async throws -> [Bool] {
        try await toolbox.home.withScratch("alone") { root in
            let sound = Set(mutants.map(\.path)).sorted()
            var files: [String: Set<String>] = ["sound": []]
            for path in sound {
                for file in neighbours(of: path) { try copy(file, to: root.appendingPath("sound/\(file)")) }
                files["sound", default: []].formUnion(neighbours(of: path))
            }
            for (index, mutant) in mutants.enumerated() {
                let folder = "mutant\(index)"
                for file in neighbours(of: mutant.path) {
                    try copy(file, to: root.appendingPath("\(folder)/\(file)"))
                }
                let text = repository.text(of: mutant.path) ?? ""
                try Data(try mutant.applied(to: text).utf8)
                    .write(to: URL(fileURLWithPath: root.appendingPath("\(folder)/\(mutant.path)")))
                files[folder] = Set(neighbours(of: mutant.path))
            }
            let copies = staged(root, files)
            var said: [String: [String: Int]] = [:]
            let context = CheckContext(repository: copies, toolbox: toolbox)
            for check in tool.checks {
                for finding in try await check.inspect(subjects(copies, mutants, tool), in: context) {
                    guard let slash = finding.path.firstIndex(of: "/") else { continue }
                    let folder = String(finding.path[..<slash])
                    let path = String(finding.path[finding.path.index(after: slash)...])
                    let message = finding.message.replacingOccurrences(of: folder, with: "")
                    said[folder, default: [:]]["\(finding.rule) \(path) \(message)", default: 0] += 1
                }
            }
            return mutants.indices.map { index in
                (said["mutant\(index)"] ?? [:]).contains { $1 > said["sound"]?[$0] ?? 0 }
            }
        }
    }

    /// Further files that a tool reads: the module for Terraform, sourced files for a script.
    private func neighbours(of path: String) -> [String] {
        let isTerraform = path.hasSuffix(".tf")
        return repository.artifacts.map(\.path).filter { other in
            other == path || (other.parentPath == path.parentPath && isTerraform && other.hasSuffix(".tf"))
        }
    }

    private func copy(_ path: String, to target: String) throws {
        try FileManager.default.createDirectory(atPath: target.parentPath, withIntermediateDirectories: true)
        if !FileManager.default.fileExists(atPath: target) {
            try FileManager.default.copyItem(atPath: repository.absolute(path), toPath: target)
        }
    }

    private func staged(_ root: String, _ files: [String: Set<String>]) -> Repository {
        let kinds = Dictionary(
            repository.artifacts.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        let artifacts = files.flatMap { folder, paths in
            paths.compactMap { path in
                kinds[path].map { Artifact(path: "\(folder)/\(path)", kind: $0.kind, syntax: $0.syntax) }
            }
        }
        return Repository(root: root, artifacts: artifacts.sorted { $0.path < $1.path })
    }

    private func subjects(_ copies: Repository, _ mutants: [Mutant], _ tool: Lone) -> [Subject] {
        let places =
            Set(mutants.map { "sound/\($0.path)" }).sorted()
            + mutants.indices.map { "mutant\($0)/\(mutants[$0].path)" }
        var seen: Set<String> = []
        return places.compactMap { place in
            guard let artifact = copies.artifacts.first(where: { $0.path == place }),
                tool.artifacts?.contains(artifact.kind) ?? true
            else { return nil }
            guard artifact.kind == .terraform else { return Subject(file: place) }
            guard seen.insert(place.parentPath).inserted else { return nil }
            return Subject(
                path: place.parentPath,
                inputs: copies.artifacts.map(\.path).filter { $0.parentPath == place.parentPath })
        }
    }
}

/// kubernetes-validate with its defaults; the harness's check reads its schemas and those of custom resources.
private struct KubernetesValidate: Check {
    let name = "kubernetes-validate"
    let summary = "objects fit the schemas of Kubernetes"
    let tools = [Tool.kubernetesSchemas]
    let examples: [Example] = []

    func subjects(in repository: Repository) -> [Subject] { [] }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        // The tool stops at the first invalid YAML file and does not report on the others.
        let readable = Set(
            subjects.map(\.path).filter { path in
                context.repository.bytes(of: path).map { (try? YAMLTree($0)) != nil } ?? false
            })
        let unread = subjects.map(\.path).filter { !readable.contains($0) }.map {
            Finding(rule: name, path: $0, message: "cannot be read")
        }
        let output = try await Command(
            try await context.path(of: .kubernetesSchemas), ["--strict"] + readable.sorted(),
            folder: context.repository.root
        ).run()
        return unread
            + (output.stdout + output.stderr).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ", maxSplits: 2)
                guard words.count == 3, words[0] == "ERROR" else { return nil }
                return Finding(rule: name, path: String(words[1]), message: String(words[2]))
            }
    }
}
