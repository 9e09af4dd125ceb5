import ArgumentParser
import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import Reporting
import Tooling

/// The arguments of `check`, and what it does with them.
package struct CheckArguments: ParsableArguments {
    @Argument(
        help: "Folders and files to check; the repository around the current folder where none is named.",
        completion: .file())
    package var paths: [String] = []

    @Option(help: "How to report: \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    package var format: ReportFormat = .text

    @Flag(help: "Let advice (warnings) fail too.")
    package var strict = false

    package init() {}

    /// Checks, prints the report and throws the exit code.
    ///
    /// - Parameter checks: those that a repository gets.
    package func run(
        _ checks: @escaping @Sendable (Repository) -> [any Check] = { _ in Checks.all }
    ) async throws {
        let (paths, format, strict) = (paths, format, strict)
        try await interruptible {
            do {
                var clean = true
                let scopes = try scopes(paths)
                guard format == .text || scopes.count == 1 else {
                    throw HarnessError(
                        "the paths are in \(scopes.count) repositories, and \(format.rawValue) is one document",
                        remedy: "check one at a time")
                }
                for (root, scope) in scopes {
                    let report = try await check(root: root, scope: scope, strict: strict, checks)
                    if scopes.count > 1 { print("\(root.withoutControls)\n") }
                    print(try format.render(report, style: .detect(descriptor: STDOUT_FILENO)), terminator: "")
                    clean = clean && report.isClean
                }
                if !clean { throw ExitCode(1) }
            } catch let error as HarnessError {
                throw fail(error)
            }
        }
    }

    private func check(
        root: String, scope: [String], strict: Bool, _ checks: (Repository) -> [any Check]
    ) async throws -> Report {
        let progress = ProgressLine()
        defer { progress.finish() }
        let repository = try await Discovery.repository(at: root)
        try HarnessHome.standard().makeWritable()
        let toolbox = Toolbox(home: .standard()) { progress.say($0) }
        let runner = Runner(
            repository: repository, toolbox: toolbox, checks: checks(repository), isStrict: strict
        ) { progress.report($0) }
        do {
            let report = try await runner.run(scope: scope)
            await toolbox.shutDown()
            guard !report.outcomes.isEmpty else {
                throw HarnessError(
                    "nothing to check in \(scope.isEmpty ? root : scope.joined(separator: ", "))",
                    remedy: "what git ignores is left out")
            }
            if report.findings.isEmpty, report.count(.skipped) == report.outcomes.count {
                throw HarnessError(
                    "every check was skipped: \(report.outcomes[0].skipped ?? "")",
                    remedy: "`harness doctor` says how to get the tools")
            }
            return report
        } catch {
            await toolbox.shutDown()
            throw error
        }
    }

    /// The repositories that the paths belong to, each with the paths inside it.
    private func scopes(_ paths: [String]) throws -> [(root: String, scope: [String])] {
        var scopes: [(root: String, scope: [String])] = []
        for path in paths.isEmpty ? ["."] : paths {
            guard !path.isEmpty else {
                throw HarnessError(
                    "a path is empty", remedy: "name a folder or a file, or none for the whole repository")
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

extension ReportFormat: ExpressibleByArgument {}
