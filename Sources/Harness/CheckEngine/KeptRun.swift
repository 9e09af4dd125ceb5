import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The report of an earlier run, valid while nothing that it was made from has changed.
///
/// Two digests stand for the tree: one of the files' metadata, which costs one system call for each file, and one of
/// their content, which decides where the metadata differs, as after a checkout. A report is kept only if no file
/// changed while the checks ran, and if no file is so new that a later change could leave its metadata as it is: git
/// calls such an entry of its index racy (Documentation/technical/racy-git.txt).
package struct KeptRun {
    /// A missing tool or an unreachable registry may be back at any time, so a report that skips something expires.
    static let skipLifetime = 300.0

    private let listing: Discovery.Listing
    private let place: String
    private let start: Date
    private let listed: Digest
    private let metadata: Metadata
    package let digests: InputDigests

    /// Reads the metadata of every listed file. Call it before any of the files is read.
    ///
    /// - Parameters:
    ///   - options: what else decides the report, such as the rules that the command line selects.
    ///   - tools: the identity of each tool; as `toolbox` finds them where `nil`.
    ///   - program: names the code of all checks.
    package init(
        _ listing: Discovery.Listing, options: [String], toolbox: Toolbox, tools: [String]? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment, program: String = Program.executable,
        now: Date = Date()
    ) {
        self.listing = listing
        start = now
        let variables = environment.filter { !Self.volatile.contains($0.key) }.map { "\($0.key)=\($0.value)" }.sorted()
        let tools = tools ?? Tool.all.map { toolbox.identity(of: $0) }
        let parts = [program, listing.root, toolbox.home.path, "\(geteuid())"] + options + ["--"] + tools + variables
        let key = Digest.of(Array(parts.joined(separator: "\0").utf8))
        place = toolbox.home.cache.appendingPath("runs/\(key.hex).json")
        listed = Digest.of(
            Array((listing.paths + ["--"] + listing.problems.map { "\($0)" }).joined(separator: "\0").utf8))
        metadata = Metadata(of: listing.paths + [Configuration.file], in: listing.root)
        digests = InputDigests(root: listing.root)
    }

    /// Variables of the shell and the terminal, which change from call to call and which no check reads.
    private static let volatile: Set = ["_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES"]

    // MARK: Reading

    /// The kept report; `nil` if none is kept or if something changed.
    ///
    /// - Parameter checks: all that may have run.
    package func report(_ checks: [any Check]) -> Report? {
        guard let data = FileManager.default.contents(atPath: place),
            var record = try? JSONDecoder().decode(Record.self, from: data), record.listed == listed.hex,
            record.until.map({ start < $0 && start > $0.addingTimeInterval(-Self.skipLifetime - 1) }) ?? true
        else { return nil }
        let others = Metadata(of: record.others, in: listing.root)
        let seen = metadata.digest(with: others)
        if record.metadata != seen.hex {
            guard record.content == content(record.others).hex else { return nil }
            if metadata.isSettled(before: start), others.isSettled(before: start) {
                record.metadata = seen.hex
                write(record)
            }
        }
        var report = record.report(root: listing.root, seconds: Date().timeIntervalSince(start))
        let names = Set(record.checks)
        report.checks = checks.filter { names.contains($0.name) }
        report.summaries = Dictionary(report.checks.map { ($0.name, $0.summary) }) { first, _ in first }
        return report
    }

    private func content(_ others: [String]) -> Digest {
        let paths = listing.paths + [Configuration.file] + others
        return Digest.of(Array(paths.map { "\($0) \(digests[$0]) \(mode(of: $0))" }.joined(separator: "\0").utf8))
    }

    /// Type and permissions, which tell a link from a file and decide whether a file can be read.
    private func mode(of path: String) -> String {
        var status = stat()
        return lstat(listing.root.appendingPath(path), &status) == 0 ? String(status.st_mode, radix: 8) : "-"
    }

    // MARK: Keeping

    /// Keeps the report, unless a file changed meanwhile or is too new to tell a later change.
    ///
    /// - Parameter checks: those that ran. `digests` covers the files that they read.
    package func keep(_ report: Report, checks: [any Check]) {
        let listedPaths = Set(listing.paths + [Configuration.file])
        let other = digests.known.keys.filter { !listedPaths.contains($0) }.sorted()
        let others = Metadata(of: other, in: listing.root)
        let content = content(other)
        let isUnchanged = Metadata(of: listing.paths + [Configuration.file], in: listing.root) == metadata
        let areAsRead = zip(other, others.exists).allSatisfy { path, exists in
            exists != digests[path].hasPrefix(InputDigests.absent)
        }
        guard isUnchanged, areAsRead, metadata.isSettled(before: start), others.isSettled(before: start),
            !report.outcomes.contains(where: { $0.findings.contains { $0.shortRule == "crash" } })
        else { return }
        let skips = report.outcomes.contains { $0.skipped != nil }
        write(
            Record(
                report, checks: checks.map(\.name), listed: listed.hex, others: other,
                metadata: metadata.digest(with: others).hex, content: content.hex,
                until: skips ? start.addingTimeInterval(Self.skipLifetime) : nil))
        FileManager.default.removeFiles(in: place.parentPath, olderThan: 7)
    }

    /// A report that cannot be stored is only made again next time.
    private func write(_ record: Record) {
        guard let data = try? JSONEncoder().encode(record) else { return }
        try? FileManager.default.createDirectory(atPath: place.parentPath, withIntermediateDirectories: true)
        try? data.write(to: URL(fileURLWithPath: place), options: .atomic)
    }
}

/// What the file system says of files without opening them.
private struct Metadata: Equatable {
    private var bytes: [UInt8] = []
    private(set) var exists: [Bool] = []
    private var newest = 0.0
    /// Of a file system that counts time in seconds.
    private var newestWhole = 0.0

    init(of paths: [String], in root: String) {
        bytes.reserveCapacity(paths.count * 80)
        for path in paths {
            let place = root.appendingPath(path)
            var status = stat()
            let found = lstat(place, &status) == 0
            exists.append(found)
            append(found ? status : nil)
            // A link is broken or not by what it leads to.
            if found, status.st_mode & S_IFMT == S_IFLNK { append(stat(place, &status) == 0 ? status : nil) }
        }
    }

    private mutating func append(_ status: stat?) {
        guard let status else { return bytes.append(0) }
        #if canImport(Darwin)
            let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (modified, changed) = (status.st_mtim, status.st_ctim)
        #endif
        let fields = (
            UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino),
            UInt64(truncatingIfNeeded: status.st_size), UInt64(truncatingIfNeeded: status.st_mode),
            UInt64(status.st_uid) << 32 | UInt64(status.st_gid),
            UInt64(truncatingIfNeeded: modified.tv_sec), UInt64(truncatingIfNeeded: modified.tv_nsec),
            UInt64(truncatingIfNeeded: changed.tv_sec), UInt64(truncatingIfNeeded: changed.tv_nsec)
        )
        bytes.append(1)
        withUnsafeBytes(of: fields) { bytes.append(contentsOf: $0) }
        let seconds = Double(changed.tv_sec) + Double(changed.tv_nsec) / 1e9
        newest = max(newest, seconds)
        if changed.tv_nsec == 0 { newestWhole = max(newestWhole, seconds) }
    }

    func digest(with others: Metadata) -> Digest { Digest.of(bytes + others.bytes) }

    /// Whether a change at `date` or later shows in the metadata: a kernel's clock for files lags by up to 10 ms, and
    /// some file systems count whole seconds.
    func isSettled(before date: Date) -> Bool {
        newest < date.timeIntervalSince1970 - 0.05 && newestWhole < date.timeIntervalSince1970 - 2
    }
}

/// A kept report, in columns: thousands of results are read in a few milliseconds.
private struct Record: Codable {
    let checks: [String]
    let listed: String
    let others: [String]
    var metadata: String
    let content: String
    let until: Date?

    private let names: [String]
    private let subjects: [String]
    private let seconds: [Double]
    /// Results with more to say, by their number.
    private let special: [Int: Outcome]
    private let suppressed: Int

    init(
        _ report: Report, checks: [String], listed: String, others: [String], metadata: String, content: String,
        until: Date?
    ) {
        (self.checks, self.listed, self.others) = (checks, listed, others)
        (self.metadata, self.content, self.until) = (metadata, content, until)
        names = report.outcomes.map(\.check)
        subjects = report.outcomes.map(\.subject)
        seconds = report.outcomes.map(\.seconds)
        special = Dictionary(
            uniqueKeysWithValues: report.outcomes.enumerated().filter {
                !$0.element.findings.isEmpty || $0.element.skipped != nil
            }.map { ($0.offset, $0.element) })
        suppressed = report.suppressed
    }

    func report(root: String, seconds total: Double) -> Report {
        let outcomes = zip(names, zip(subjects, seconds)).enumerated().map { index, row in
            var outcome =
                special[index]
                ?? Outcome(
                    check: row.0, subject: row.1.0, findings: [], skipped: nil, seconds: row.1.1, cached: true)
            outcome.cached = outcome.skipped == nil
            return outcome
        }
        return Report(root: root, outcomes: outcomes, suppressed: suppressed, seconds: total)
    }
}
