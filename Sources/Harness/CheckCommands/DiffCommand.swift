import ArgumentParser
import CheckCore
import DeliveryModel
import Foundation
import HarnessSupport
import Tooling

package struct DiffCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show how a change affects behaviour: access, reachability, placement, cost and alerts.",
        discussion: """
            Compares the working tree with a git revision: RBAC and network policies of the rendered overlays, IAM in \
            Terraform, the scheduler's placement, list prices, alert rules. A refactoring shows no difference.

            Examples:
              harness diff                       since the last commit
              harness diff origin/main
              harness diff origin/main --format markdown | gh pr comment --body-file -
              harness diff HEAD~1 --exit-code    1 where behaviour differs, as git's own option
            """)

    package enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, markdown }

    @Argument(help: "A git revision.")
    var base = "HEAD"

    @Option(help: "Output format.")
    var format: Format = .text

    @Flag(help: "Exit with 1 if behaviour differs.")
    var exitCode = false

    package init() {}

    package func run() async throws {
        let (base, format, exitCode) = (base, format, exitCode)
        try await interruptible {
            do {
                let difference = try await BehaviourDifference(since: base, home: .standard())
                switch format {
                case .text: print(difference.text)
                case .json: print(try jsonText(difference), terminator: "")
                case .markdown: print(difference.markdown)
                }
                if exitCode, !difference.changes.isEmpty { throw ExitCode(1) }
            } catch let error as HarnessError {
                throw fail(error)
            } catch let missing as Tool.Missing {
                throw fail(missing)
            }
        }
    }
}

/// Differences in behaviour between a revision and the working tree.
struct BehaviourDifference: Encodable {
    let base: String
    let changes: [Behaviour.Change]
    /// Aspects that could not be compared, with the reasons.
    let notCompared: [String]

    /// - Throws: `HarnessError` where git does not know the revision; `Tool.Missing`, `CancellationError`.
    init(since base: String, home: HarnessHome) async throws {
        let root = Discovery.root(of: FileManager.default.currentDirectoryPath)
        try home.makeWritable()
        let cache = home.cache.appendingPath("behaviour")
        try home.makeFolder(cache)
        let toolbox = Toolbox(home: home)
        let before = try await ChangedLines.withFiles(of: base, root: root, in: home) { folder in
            try await Behaviour(
                of: try await Discovery.repository(at: folder), toolbox: toolbox, cache: cache)
        }
        let after = try await Behaviour(
            of: try await Discovery.repository(at: root), toolbox: toolbox, cache: cache)
        self.base = base
        changes = after.changes(since: before)
        FileManager.default.removeFiles(in: cache, olderThan: 7)
        notCompared = Set(before.gaps + after.gaps).sorted()
    }

    private var sections: [(title: String, changes: [Behaviour.Change])] {
        Behaviour.Aspect.allCases.compactMap { aspect in
            let own = changes.filter { $0.aspect == aspect.rawValue }
            return own.isEmpty ? nil : (aspect.title, own)
        }
    }

    private var notes: [String] { notCompared.map { "not compared: \($0)" } }

    var text: String {
        if changes.isEmpty { return (["no difference in behaviour since \(base)"] + notes).joined(separator: "\n") }
        let blocks = sections.map { title, changes in
            let lines = changes.map { change in
                switch (change.before, change.after) {
                case (let before?, let after?): "~ \(change.subject): \(before) → \(after)"
                case (let before?, nil): "- \(change.subject): \(before)"
                default: "+ \(change.subject): \(change.after ?? "")"
                }
            }
            return ([title] + lines.map { "  " + $0 }).joined(separator: "\n")
        }
        return (blocks + notes).joined(separator: "\n\n")
    }

    var markdown: String {
        func cell(_ text: String?) -> String {
            text.map { "`\($0.replacing("|", with: "\\|").replacing("`", with: "'"))`" } ?? ""
        }
        let head = "## Changes in behaviour since `\(base)`"
        if changes.isEmpty { return ([head, "None."] + notes).joined(separator: "\n\n") }
        let blocks = sections.map { title, changes in
            (["### \(title)", "", "| subject | before | after |", "|---|---|---|"]
                + changes.map { "| \(cell($0.subject)) | \(cell($0.before)) | \(cell($0.after)) |" })
                .joined(separator: "\n")
        }
        return ([head] + blocks + notes).joined(separator: "\n\n")
    }
}
