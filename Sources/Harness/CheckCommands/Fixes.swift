import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import KubernetesModel
import Tooling

/// Remedies that are mechanical and certain, for `--fix`. Each is applied in a copy of the repository first, and taken
/// over only if the checks then report no new finding in the file and no rendered manifest changes.
struct Fixes {
    /// A tool that fixes the findings of some rules in a file, in place.
    private struct Fixer {
        let rules: RulePattern
        let tool: Tool?
        let arguments: [String]

        init(_ rules: String, _ tool: Tool?, _ arguments: String...) {
            (self.rules, self.tool, self.arguments) = (RulePattern(rules), tool, arguments)
        }
    }

    /// Excludes quotes for `shellcheck/SC2086`: they change scripts that rely on word splitting.
    private static let fixers = [
        Fixer("terraform-fmt/terraform-fmt", .terraform, "fmt"),
        Fixer("shfmt/shfmt", .shfmt, "--write"),
        Fixer("swift-format/*", .swift, "format", "--in-place"),
        Fixer("ruff/format", .ruff, "format", "--no-cache", "--quiet"),
        Fixer("workflow/executable", nil),
    ]

    let repository: Repository
    let toolbox: Toolbox
    /// Checks these paths of a copy.
    let check: ([String], String) async throws -> Report

    /// Applies the fixes, and reports each file that stays unchanged with the reason.
    ///
    /// - Throws: `HarnessError`, `Tool.Missing`, `CancellationError`; then no file has changed.
    func apply(to report: Report, say: (String) -> Void) async throws {
        let fixable = report.findings.compactMap { finding in Self.fixer(of: finding).map { ($0, finding) } }
        let jobs = Dictionary(grouping: fixable) { Self.target(of: $0.1) }
        guard !jobs.isEmpty else { return say("nothing to fix") }
        var fixed: [String] = []
        var refused: [(path: String, reason: String)] = []
        try await toolbox.home.withScratch("fix") { folder in
            let context = CheckContext(repository: repository, toolbox: toolbox)
            try context.stage(repository.artifacts.map(\.path), in: folder)
            for (path, work) in jobs.sorted(by: { $0.key < $1.key }) {
                if let reason = try await change(path, in: folder, with: work.map(\.0)) {
                    refused.append((path, reason))
                } else {
                    fixed.append(path)
                }
            }
            let after = try await check(fixed + jobs.values.flatMap { $0.map(\.1.path) }, folder)
            let new = Baseline(report.findings).others(among: after.findings)
            for path in fixed {
                let mine = Set(jobs[path, default: []].map(\.1))
                if let finding = new.first(where: { $0.path == path }) {
                    refused.append((path, "the fix causes \(finding.rule): \(finding.message)"))
                } else if let finding = after.findings.first(where: { found in
                    mine.contains { $0.rule == found.rule && $0.path == found.path && $0.message == found.message }
                }) {
                    refused.append((path, "the fix does not remove \(finding.rule): \(finding.message)"))
                } else {
                    try take(path, from: folder)
                    say("fixed \(path): \(Set(mine.map(\.rule)).sorted().joined(separator: ", "))")
                }
            }
        }
        for (path, reason) in refused.sorted(by: { $0.path < $1.path }) { say("not fixed \(path): \(reason)") }
    }

    private static func fixer(of finding: Finding) -> Fixer? {
        // The author must repair text that does not parse.
        guard finding.shortRule != "syntax" else { return nil }
        let rule = finding.rule.contains("/") ? finding.rule : "\(finding.rule)/\(finding.rule)"
        return fixers.first { $0.rules.matches(rule) }
    }

    /// The file to change: the workflow's finding is about the script that it calls.
    private static func target(of finding: Finding) -> String {
        guard finding.shortRule == "executable", let remedy = finding.remedy else { return finding.path }
        return remedy.replacing("chmod +x ", with: "")
    }

    /// - Returns: the reason why the file stays unchanged; `nil` if it was changed.
    private func change(_ path: String, in folder: String, with fixers: [Fixer]) async throws -> String? {
        let file = folder.appendingPath(path)
        let before = FileManager.default.contents(atPath: file)
        for fixer in fixers {
            guard let tool = fixer.tool else {
                guard before?.starts(with: Data("#!".utf8)) == true else { return "the file has no shebang line" }
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
                continue
            }
            let output = try await Command(
                try await toolbox.path(of: tool), fixer.arguments + [path],
                environment: ["CHECKPOINT_DISABLE": "1"], folder: folder
            ).run()
            guard output.isSuccess else { return output.lastLine }
        }
        guard FileManager.default.contents(atPath: file) != before else { return nil }
        let all = repository.kustomizations
        let renders = all.byFolder.values.filter { part in
            part.entries.contains { $0.path == path } || part.path == path
        }.map(\.path).sorted()
        return renders.first.map { "\($0) renders this file, and the manifests would change" }
    }

    private func take(_ path: String, from folder: String) throws {
        let (copy, place) = (folder.appendingPath(path), repository.absolute(path))
        let data = FileManager.default.contents(atPath: copy) ?? Data()
        if data != FileManager.default.contents(atPath: place) { try data.write(to: URL(fileURLWithPath: place)) }
        let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions]
        if let mode { try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place) }
    }
}
