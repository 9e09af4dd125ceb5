import ArgumentParser
import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import Reporting
import Tooling

/// The arguments of `check` and their effect.
package struct CheckArguments: ParsableArguments {
    @Argument(
        help: "Folders and files to check; default: the repository of the current folder.",
        completion: .file())
    package var paths: [String] = []

    @Option(help: "Output format: \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    package var format: ReportFormat = .text

    @Flag(help: "Fail on advice (warnings) too, and show it in full.")
    package var strict = false

    @Flag(help: "Show each warning in full instead of one line for each rule.")
    package var advice = false

    @Option(
        help: ArgumentHelp(
            "Rules to report: a rule, a check or a shell-style pattern; repeatable, or separated by commas.",
            valueName: "rule"))
    package var only: [String] = []

    @Option(help: ArgumentHelp("Rules to skip, in the form of --only.", valueName: "rule"))
    package var skip: [String] = []

    @Option(
        help: ArgumentHelp(
            "Report only findings on lines changed since a git revision, and findings elsewhere that the revision does not have; default without a value: HEAD.",
            valueName: "base"))
    package var changed: String?

    @Option(help: "Baseline file whose findings are not reported.", completion: .file())
    package var baseline: String?

    @Option(
        help: ArgumentHelp("File to write all findings to as a baseline; exits with 0.", valueName: "baseline"))
    package var writeBaseline: String?

    @Option(
        help: ArgumentHelp(
            "Additional report file, for example sarif=findings.sarif; repeatable.", valueName: "format=file"))
    package var write: [String] = []

    @Flag(
        help:
            "Fix layout and missing executable bits, then check again. Each fix is tried in a copy first.")
    package var fix = false

    @Option(help: "Check, or rule as CHECK/RULE, whose examples to run instead of checking a repository.")
    package var selfTest: String?

    package init() {}

    /// Checks, prints the report and throws the exit code.
    ///
    /// - Parameters:
    ///   - own: checks in addition to the checker's.
    ///   - isOwn: says which repositories get them.
    package func run(
        adding own: [any Check] = [], to isOwn: @escaping @Sendable (Repository) -> Bool = { _ in true }
    ) async throws {
        if let selfTest { return try await Self.selfTest(selfTest, of: Checks.all + own) }
        let checks = Candidates(all: Checks.all + own) { isOwn($0) ? Checks.all + own : Checks.all }
        let arguments = self
        let (paths, format) = (paths, format)
        try await interruptible {
            do {
                var clean = true
                let scopes = try Self.scopes(paths)
                let files = try arguments.files()
                let isOne = format == .text && files.isEmpty && arguments.baseline == nil
                guard isOne && arguments.writeBaseline == nil || scopes.count == 1 else {
                    throw HarnessError(
                        "the paths are in \(scopes.count) repositories, but \(format.rawValue) reports one",
                        remedy: "check one repository at a time")
                }
                for (root, scope) in scopes {
                    var whole = try await arguments.check(root: root, scope: scope, checks)
                    if arguments.fix {
                        try await arguments.fix(whole, checks)
                        whole = try await arguments.check(root: root, scope: scope, checks)
                    }
                    if let file = arguments.writeBaseline {
                        try Baseline(whole.findings).write(to: file)
                        return print("\(whole.findings.count) findings written to \(file)")
                    }
                    let report = try await arguments.reduced(whole, scope: scope, checks)
                    if scopes.count > 1 { print("\(root.withoutControls)\n") }
                    let style = TerminalStyle.detect(descriptor: STDOUT_FILENO)
                    print(try format.render(report, style: style, command: arguments.listCommand), terminator: "")
                    for (format, file) in files {
                        try Data(format.render(report).utf8).write(to: URL(fileURLWithPath: file))
                    }
                    clean = clean && report.isClean
                }
                if !clean { throw ExitCode(1) }
            } catch let error as HarnessError {
                throw fail(error)
            }
        }
    }

    /// Advice is shown in full where it fails, and where the caller asks for it or for single rules.
    private var listCommand: ListCommand? {
        advice || strict || !only.isEmpty ? nil : ListCommand(program: Self.program, paths: paths)
    }

    /// `harness check` or `harness-check`, as the caller can repeat it.
    private static var program: String {
        let name = CommandLine.arguments[0].lastPathPart
        return name == "harness" ? "harness check" : name
    }

    /// Reports fixes on standard error, because standard output holds the report.
    private func fix(_ report: Report, _ checks: Candidates) async throws {
        let root = report.root
        let toolbox = Toolbox(home: .standard())
        let fixes = Fixes(repository: try await Discovery.repository(at: root), toolbox: toolbox) { paths, folder in
            try await check(root: folder, settingsOf: root, scope: paths, checks)
        }
        try await fixes.apply(to: report) {
            FileHandle.standardError.write(Data("\($0.withoutControls)\n".utf8))
        }
        await toolbox.shutDown()
    }

    /// Returns the report, filtered by `--changed` and `--baseline`.
    private func reduced(
        _ report: Report, scope: [String], _ checks: Candidates
    ) async throws -> Report {
        var report = report
        if let changed {
            let lines = try await ChangedLines(root: report.root, since: changed)
            let root = report.root
            let before = try await ChangedLines.withFiles(of: changed, root: root, in: .standard()) { folder in
                try await check(root: folder, settingsOf: root, scope: scope, checks)
            }
            let new = Baseline(before.findings).others(among: report.findings)
            report = report.keeping(Set(report.findings.filter { new.contains($0) || lines.contain($0) }))
        }
        if let baseline {
            let new = try Baseline(file: baseline).others(among: report.findings)
            report = report.keeping(new)
        }
        return report
    }

    /// The files of `--write`.
    private func files() throws -> [(format: ReportFormat, file: String)] {
        try write.map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let format = ReportFormat(rawValue: parts[0]) else {
                let formats = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw HarnessError(
                    "--write \(pair) is not valid", remedy: "write it as FORMAT=FILE with one of \(formats)")
            }
            return (format, parts[1])
        }
    }

    private static func patterns(_ lists: [String]) -> [RulePattern] {
        lists.flatMap { $0.split(separator: ",") }.map { RulePattern(String($0)) }
    }

    private func configuration(of root: String, _ checks: [any Check]) throws -> Configuration {
        let catalogue = RuleCatalogue(checks)
        var configuration = try Configuration(of: root, catalogue)
        configuration.only = Self.patterns(only)
        configuration.skipped = Self.patterns(skip)
        for pattern in configuration.only + configuration.skipped { try catalogue.require(pattern) }
        return configuration
    }

    /// - Parameter settings: the folder of `.harness.yml`; default `root`.
    private func check(
        root: String, settingsOf settings: String? = nil, scope: [String],
        _ checks: Candidates
    ) async throws -> Report {
        let progress = ProgressLine()
        defer { progress.finish() }
        let listing = try await Discovery.listing(of: root)
        let toolbox = Toolbox(home: .standard()) { progress.say($0) }
        let kept = settings == nil ? KeptRun(listing, options: options(scope), toolbox: toolbox) : nil
        if let report = kept?.report(checks.all) { return try judged(report, scope) }
        let repository = try Discovery.repository(of: listing)
        let checks = checks.of(repository)
        let configuration = try configuration(of: settings ?? root, checks)
        let scope = scope.isEmpty && paths.isEmpty ? configuration.paths : scope
        try toolbox.home.makeWritable()
        let runner = Runner(
            repository: repository, toolbox: toolbox, checks: checks, isStrict: strict, configuration: configuration
        ) { progress.report($0) }
        do {
            let report = try await runner.run(scope: scope, digests: kept?.digests)
            await toolbox.shutDown()
            // A revision may have had no file to check yet.
            guard let kept else { return report }
            let judged = try judged(report, scope)
            if !configuration.readsOtherFiles { kept.keep(report, checks: report.checks) }
            return judged
        } catch {
            await toolbox.shutDown()
            throw error
        }
    }

    /// Inputs of the report other than files.
    private func options(_ scope: [String]) -> [String] {
        ["strict \(strict)", "all \(paths.isEmpty)", "only"] + only + ["skip"] + skip + ["scope"] + scope
    }

    /// - Throws: `HarnessError` for an empty report.
    private func judged(_ report: Report, _ scope: [String]) throws -> Report {
        guard !report.outcomes.isEmpty else {
            throw HarnessError(
                "nothing to check in \(scope.isEmpty ? report.root : scope.joined(separator: ", "))",
                remedy: "name a folder with files that git does not ignore")
        }
        if report.findings.isEmpty, report.count(.skipped) == report.outcomes.count {
            throw HarnessError(
                "every check was skipped: \(report.outcomes[0].skipped ?? "")",
                remedy: "run `harness doctor` to see how to install the tools")
        }
        return report
    }

    /// The repositories that the paths belong to, each with the paths inside it.
    private static func scopes(_ paths: [String]) throws -> [(root: String, scope: [String])] {
        var scopes: [(root: String, scope: [String])] = []
        for path in paths.isEmpty ? ["."] : paths {
            guard !path.isEmpty else {
                throw HarnessError(
                    "a path is empty", remedy: "name a folder or a file, or omit it to check the whole repository")
            }
            let absolute = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
            guard FileManager.default.fileExists(atPath: absolute) else {
                throw HarnessError("\(path) does not exist", remedy: "name a folder or a file")
            }
            let root = Discovery.root(of: absolute)
            let inside = absolute == root || paths.isEmpty ? "" : String(absolute.dropFirst(root.count + 1))
            if let index = scopes.firstIndex(where: { $0.root == root }) {
                scopes[index].scope =
                    scopes[index].scope.isEmpty || inside.isEmpty ? [] : scopes[index].scope + [inside]
            } else {
                scopes.append((root, inside.isEmpty ? [] : [inside]))
            }
        }
        return scopes
    }
}

/// The checks that may run.
private struct Candidates: Sendable {
    let all: [any Check]
    /// Returns the checks for a repository.
    let of: @Sendable (Repository) -> [any Check]
}

extension ReportFormat: ExpressibleByArgument {}
