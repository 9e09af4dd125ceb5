import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Runs the examples that a check brings.
public struct SelfTest: Sendable {
    public enum Verdict: Hashable, Sendable {
        case passed
        /// With what the check found instead.
        case failed(String)
        case skipped(String)
    }

    private let check: any Check
    private let toolbox: Toolbox

    public init(_ check: any Check, toolbox: Toolbox) {
        self.check = check
        self.toolbox = toolbox
    }

    /// Writes the example's files to a new folder and checks them there.
    ///
    /// Passes where the check finds exactly the rules that the example names and, if the example marks lines, points at
    /// exactly these lines.
    ///
    /// - Throws: `CancellationError`, and errors of the file system.
    public func run(_ example: Example) async throws -> Verdict {
        // Outside every repository: tools read configuration files of the folders above.
        let folder = NSTemporaryDirectory() + OwnedFolder.name("harness-example")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write(example.files, to: folder)
        let repository = try await Discovery.repository(at: folder)
        let report = try await Runner(repository: repository, toolbox: toolbox, checks: [check]).run()
        if let reason = report.outcomes.first(where: { $0.verdict == .skipped })?.skipped { return .skipped(reason) }
        let findings = report.findings
        let rules = Set(findings.map(\.shortRule))
        if rules != example.triggers {
            return .failed("triggers \(list(rules)) instead of \(list(example.triggers)): \(findings.map(\.message))")
        }
        let places = Set(findings.map { "\($0.path):\($0.line.map(String.init) ?? "-")" })
        let wanted = Set(example.places.map(\.description))
        if !wanted.isEmpty, places != wanted { return .failed("points at \(list(places)) instead of \(list(wanted))") }
        return .passed
    }

    private func list(_ names: Set<String>) -> String {
        names.isEmpty ? "nothing" : names.sorted().joined(separator: ", ")
    }

    private func write(_ files: [String: String], to folder: String) throws {
        for (path, text) in files {
            let file = folder.appendingPath(path)
            try FileManager.default.createDirectory(atPath: file.parentPath, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            if text.hasPrefix("#!") {
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
            }
        }
    }
}
