import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The lines of a git work tree that differ from a revision.
struct ChangedLines {
    /// Changed lines by path; `nil` for a new or binary file.
    private var lines: [String: IndexSet?] = [:]

    /// - Parameter base: a revision, for example `HEAD` or `origin/main`.
    /// - Throws: `HarnessError` where git does not know the revision or the folder.
    init(root: String, since base: String) async throws {
        let names = try await Self.git(["diff", "--name-only", "--no-renames", "-z", base, "--"], root, base)
        for name in names.split(separator: "\0") { lines[String(name)] = .some(nil) }
        let others = try await Self.git(["ls-files", "--others", "--exclude-standard", "-z"], root, base)
        for name in others.split(separator: "\0") { lines[String(name)] = .some(nil) }
        let changes = try await Self.git(
            ["-c", "core.quotePath=false", "diff", "--no-renames", "--no-color", "--no-ext-diff", "-U0", base, "--"],
            root, base)
        var path = ""
        for line in changes.lines {
            if line.hasPrefix("+++ ") {
                // `/dev/null` for a removed file: its hunk has no lines in the work tree.
                path = line.hasPrefix("+++ b/") ? String(line.dropFirst(6)).trimming { $0 == "\t" } : ""
            } else if let hunk = line.prefixMatch(of: /@@ -\S+ \+(\d+)(?:,(\d+))? @@/), lines[path] != nil,
                let start = Int(hunk.1)
            {
                let count = hunk.2.flatMap { Int($0) } ?? 1
                var known = (lines[path] ?? nil) ?? IndexSet()
                // For removed lines, the line before counts as changed.
                known.insert(integersIn: count == 0 ? max(1, start)...max(1, start) : start...(start + count - 1))
                lines[path] = .some(known)
            }
        }
    }

    /// Whether the finding is on a changed line, or about a changed file as a whole.
    func contain(_ finding: Finding) -> Bool {
        guard let changed = lines[finding.path] else { return false }
        guard let line = finding.line, let changed else { return true }
        return changed.contains(line)
    }

    /// Runs `body` with a folder that holds the files of the revision.
    static func withFiles<Result>(
        of base: String, root: String, in home: HarnessHome, _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await home.withScratch("base") { folder in
            // A separate index, so that the caller's index stays unchanged.
            let index = ["GIT_INDEX_FILE": folder.appendingPath("index")]
            let tree = folder.appendingPath("tree")
            try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
            _ = try await git(["read-tree", base], root, base, environment: index)
            _ = try await git(["checkout-index", "--all", "--prefix=\(tree)/"], root, base, environment: index)
            return try await body(tree)
        }
    }

    private static func git(
        _ arguments: [String], _ root: String, _ base: String, environment: [String: String] = [:]
    ) async throws -> String {
        let output = try await Command(
            "git", ["-C", root] + arguments, environment: ["LC_ALL": "C"].merging(environment) { $1 }
        ).run()
        guard output.isSuccess else {
            throw HarnessError(
                "git cannot compare with \(base): \(output.lastLine)",
                remedy: "name a revision of this repository; a shallow clone may lack it")
        }
        return output.stdout
    }
}
