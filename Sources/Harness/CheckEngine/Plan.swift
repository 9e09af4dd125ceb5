import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// One check of one subject.
package struct PlannedCheck: Sendable {
    package let check: any Check
    package let subject: Subject
}

/// Everything to check.
public struct Plan: Sendable {
    package let cells: [PlannedCheck]

    package init(cells: [PlannedCheck]) { self.cells = cells }

    /// - Parameter scope: folders and files to look at, relative to the root; everything where empty.
    public init(repository: Repository, checks: [any Check] = Checks.all, scope: [String] = []) {
        cells = checks.flatMap { check in
            check.subjects(in: repository)
                .filter { subject in
                    scope.isEmpty || scope.contains { subject.path.isWithin($0) || subject.inputs.contains($0) }
                }
                .map { PlannedCheck(check: check, subject: $0) }
        }
    }
}

/// Cells that one call of a check looks at.
struct Batch: Sendable {
    let check: any Check
    let cells: [PlannedCheck]

    /// Batches of near equal size, as many per check as cores, those of the slowest checks first.
    static func batches(of cells: [PlannedCheck], cores: Int) -> [Batch] {
        Dictionary(grouping: cells, by: \.check.name).values
            .flatMap { cells -> [Batch] in
                let check = cells[0].check
                let size = check.isBatched ? max(1, (cells.count + cores - 1) / cores) : 1
                return stride(from: 0, to: cells.count, by: size).map {
                    Batch(check: check, cells: Array(cells[$0..<min($0 + size, cells.count)]))
                }
            }
            .sorted { ($0.check.weight, $1.check.name) > ($1.check.weight, $0.check.name) }
    }

    /// The findings of each cell: those about its own path, else about a file it reads, else the first cell's.
    func attribute(_ findings: [Finding]) -> [[Finding]] {
        var result = Array(repeating: [Finding](), count: cells.count)
        guard cells.count > 1 else { return cells.isEmpty ? [] : [findings] }
        let byPath = Dictionary(
            cells.enumerated().map { ($1.subject.path, $0) }, uniquingKeysWith: { first, _ in first })
        for finding in findings {
            let owner = byPath[finding.path] ?? cells.firstIndex { $0.subject.inputs.contains(finding.path) } ?? 0
            result[owner].append(finding)
        }
        return result
    }
}

/// What files hold, each read once in a run: the digest of its content, and whether it may be executed.
package final class InputDigests {
    package static let absent = "absent"
    private let root: String
    package private(set) var known: [String: String] = [:]

    package init(root: String) { self.root = root }

    package subscript(path: String) -> String {
        if let known = known[path] { return known }
        let place = root.appendingPath(path)
        let mode = FileManager.default.isExecutableFile(atPath: place) ? " executable" : ""
        let digest = (Digest(file: place)?.hex ?? Self.absent) + mode
        known[path] = digest
        return digest
    }
}

/// Cache keys: the check, its code, its tools' versions, and the content and mode of everything that it reads.
final class CacheKeyBuilder {
    private let toolbox: Toolbox
    private let program: @Sendable (any Check) -> String
    private let files: InputDigests
    private var tools: [Tool: String] = [:]

    init(files: InputDigests, toolbox: Toolbox, program: @escaping @Sendable (any Check) -> String) {
        self.program = program
        self.files = files
        self.toolbox = toolbox
    }

    func key(of cell: PlannedCheck) -> Digest {
        var parts = ["\(cell.check.name) \(program(cell.check))", cell.subject.path]
        for tool in cell.check.tools {
            let identity = tools[tool] ?? toolbox.identity(of: tool)
            tools[tool] = identity
            parts.append(identity)
        }
        for input in cell.subject.inputs { parts.append("\(input) \(files[input])") }
        return Digest.of(Array(parts.joined(separator: "\n").utf8))
    }
}
