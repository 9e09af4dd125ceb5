import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import MutationTesting
import Submission
import TestSupport
import Testing
import Tooling

/// The exercises' facts, broken one at a time in copies: the named check has to notice each.
@Suite("A broken artifact is noticed:")
struct BrokenArtifactTests {
    static let breaks = [
        Break.workbench, Break.platform, Break.processor, Break.modelHosting, Break.templates, Break.grants,
        Break.kubernetes, Break.azurePipelines, Break.azureRegion, Break.security,
    ].flatMap { TestDepth.cases($0, few: 1) }

    @Test(arguments: breaks)
    func isNoticed(_ change: Break) async throws {
        let noticed = try await Self.noticed(in: "\(change.id)")
        // What is noticed in the unbroken copy as well proves nothing.
        let before = try await Self.noticed(in: change.scope)
        // Without a network, a pinned definition skips its files for some checks; the other checks judge the break.
        if !noticed.contains(change.notices), let reason = try await Self.report.value.unfetched["\(change.id)"] {
            try skip(reason)
        }
        expectNoticed(id: change.id, noticed.subtracting(before).contains(change.notices), "\(noticed.sorted())")
    }

    @Test("and the tests hold in the unbroken copy", arguments: Set(breaks.map(\.scope)).sorted())
    func baselineHolds(_ scope: String) async throws {
        let noticed = try await Self.noticed(in: scope)
        // A module by itself lacks values, and manifests by themselves what builds their images and exports their metrics.
        let known = noticed.filter { rule in
            rule.hasPrefix("trivy-config/") || rule == "k8s-images/nobody-builds"
                || scope.hasPrefix("k8s/") && rule.hasPrefix("metric-names/")
        }
        #expect(noticed == known)
    }

    private static func noticed(in copy: String) async throws -> Set<String> {
        let report = try await report.value
        if let reason = report.skipped { try skip(reason) }
        if let text = report.misplaced[copy] { throw HarnessError("\(text) must be in its file exactly once") }
        return try #require(report.noticed[copy], "nothing was checked")
    }

    // MARK: One run of the checks over all copies, which all tests here look at

    private struct Noticed {
        var skipped: String?
        /// Why a check left out a file of the copy: a definition that could not be fetched.
        var unfetched: [String: String] = [:]
        /// Rules, and runs that failed, by the id of the break; by scope where nothing is broken.
        var noticed: [String: Set<String>] = [:]
        /// What was to be broken and is not there, or more than once, by the id of the break.
        var misplaced: [String: String] = [:]
    }

    private static let report = Task {
        try await withScratch { folder in
            var copies: [(name: String, scope: String)] = []
            var misplaced: [String: String] = [:]
            func copy(_ change: Break) throws -> String {
                let place = "\(folder)/\(copies.count)"
                let target = URL(fileURLWithPath: "\(place)/\(change.needs)")
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    at: URL(fileURLWithPath: "\(Project.root)/\(change.needs)"), to: target)
                return place
            }
            for change in breaks {
                let text = try String(contentsOfFile: "\(Project.root)/\(change.file)", encoding: .utf8)
                guard text.components(separatedBy: change.text).count == 2 else {
                    misplaced["\(change.id)"] = change.text
                    continue
                }
                let file = URL(fileURLWithPath: "\(try copy(change))/\(change.file)")
                try Data(text.replacingOccurrences(of: change.text, with: change.replacement).utf8).write(to: file)
                copies.append(("\(change.id)", change.scope))
            }
            for (scope, changes) in Dictionary(grouping: breaks, by: \.scope) {
                _ = try copy(changes[0])
                copies.append((scope, scope))
            }
            var result = try await AsyncSemaphore.heavy.hold(isLongest: true) { try await check(folder, copies) }
            result.misplaced = misplaced
            return result
        }
    }

    private static func check(_ folder: String, _ copies: [(name: String, scope: String)]) async throws -> Noticed {
        let names: Set = [
            "terraform-test", "trivy-config", "cfn-lint", "action-grants", "kustomize", "kubernetes-schema",
            "terraform-schema", "template-test", "prometheus-rules", "metric-names", "alert-routes",
        ]
        let toolbox = Toolbox(home: Project.home)
        let report = try await Runner(
            repository: try await Discovery.repository(at: folder), toolbox: toolbox,
            checks: Checks.all.filter {
                names.contains($0.name) || $0.name.hasPrefix("k8s-") || $0.name.hasPrefix("azure-")
            }
        ).run(scope: copies.enumerated().map { "\($0.offset)/\($0.element.scope)" })
        await toolbox.shutDown()

        // What a break keeps from being built is noticed by kustomize, or by azure-templates, and only then left.
        var result = Noticed(
            skipped: report.outcomes.lazy.compactMap(\.skipped).first {
                !$0.contains("does not build") && !$0.contains("cannot be expanded")
                    && !$0.contains("no schema is known") && !$0.contains("could not be fetched")
            })
        for outcome in report.outcomes {
            guard let number = outcome.subject.split(separator: "/").first.flatMap({ Int($0) }) else { continue }
            if let reason = outcome.skipped, reason.contains("could not be fetched") {
                result.unfetched[copies[number].name] = reason
            }
            let seen = try outcome.findings.flatMap { finding in
                [finding.rule] + (try failedRun(finding, in: folder).map { [$0] } ?? [])
            }
            result.noticed[copies[number].name, default: []].formUnion(seen)
        }
        return result
    }

    /// The run that a finding in a test file lies in.
    private static func failedRun(_ finding: Finding, in folder: String) throws -> String? {
        guard finding.path.hasSuffix(".tftest.hcl"), let line = finding.line else { return nil }
        let lines = try String(contentsOfFile: "\(folder)/\(finding.path)", encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        return lines.prefix(line).last { $0.hasPrefix("run \"") }?.split(separator: "\"")[1].description
    }
}
