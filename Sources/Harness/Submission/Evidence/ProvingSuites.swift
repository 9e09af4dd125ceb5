import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import MutationTesting
import Tooling

/// The suites of `swift test` that prove a file, by the catalogue; they run for a mutant that no check detects.
package actor ProvingSuites: ProvingTests {
    /// Each takes minutes, a Docker engine or its own stack: too slow for one mutant.
    static let unasked: Set = [
        "A rollout", "A stack of CloudFormation", "An interrupted `up`", "The Azure pipeline's steps",
        "The applications on a Docker engine", "The image's Ansible role", "The model platform",
        "The model's training and serving", "The monitoring of the workstations", "The stack",
        "The steps of the image workflow", "`harness up applications`",
        "`up` says in one line why it cannot work:",
    ]

    private let bundle: TestBundle
    private let home: HarnessHome
    private let catalogue: Catalogue
    private let sound: MutantTree
    private let names: KnownProofs
    /// Digest of the unbroken copy and the tests; a verdict is valid while both are unchanged.
    private let state: String
    private var baselines: [Proof.Source: Task<Double, any Error>] = [:]

    /// - Throws: `HarnessError` where the catalogue cannot be read.
    package init(_ bundle: TestBundle, home: HarnessHome, sound: MutantTree) throws {
        self.bundle = bundle
        self.home = home
        self.sound = sound
        let repository = sound.sound
        catalogue = try Catalogue(repository.bytes(of: Catalogue.file) ?? [])
        names = KnownProofs(in: repository)
        let files = repository.artifacts.map(\.path).filter { !$0.hasSuffix(".md") }.map {
            "\($0) \(Digest.of(repository.bytes(of: $0) ?? []).hex)"
        }
        state = files.joined(separator: "\n") + "\n" + bundle.stamp
    }

    /// - Parameter checks: the verdict of the checks, used if no suite detects the mutant.
    /// - Throws: `HarnessError` if a suite fails on the unbroken copy, because its failure proves nothing.
    package func verdict(
        on mutant: Mutant, after checks: MutantJudge.Verdict, in tree: MutantTree
    ) async throws -> MutantJudge.Verdict {
        let proofs = proofs(of: mutant.path)
        let key = Digest.of("\(state)\n\(mutant)\n\(proofs)".utf8)
        let cache = ResultCache(folder: home.cache.appendingPath("mutants"))
        if let known = cache.entry(key) { return known.findings.first.map { .killed($0.message) } ?? checks }
        var costs: [(proof: Proof.Source, seconds: Double)] = []
        for proof in proofs { costs.append((proof, try await cost(of: proof))) }
        let start = ContinuousClock.now
        var skipped: MutantJudge.Verdict?
        for (proof, _) in costs.sorted(by: { $0.seconds < $1.seconds }) {
            switch try await run(proof, in: tree) {
            case .killed(let test):
                let finding = Finding(rule: "swift test", path: mutant.path, message: test)
                cache.store(.init(findings: [finding], seconds: (ContinuousClock.now - start).seconds), key)
                return .killed(test)
            case .skipped(let reason): skipped = .skipped(reason)
            case .survived: continue
            }
        }
        if skipped == nil { cache.store(.init(findings: [], seconds: (ContinuousClock.now - start).seconds), key) }
        return skipped ?? checks
    }

    /// The tests that the asks name whose artifact is nearest to the file.
    nonisolated func proofs(of path: String) -> [Proof.Source] {
        let nearest = catalogue.asks.flatMap(\.artifacts).map(\.path).filter(path.isWithin).max {
            $0.utf8.count < $1.utf8.count
        }
        let sources = catalogue.asks.filter { $0.artifacts.contains { $0.path == nearest } }.flatMap(\.proofs)
            .map(\.source).filter { filter(of: $0) != nil }
        // A whole suite has its single tests in it.
        let unique = Set(sources)
        return unique.filter { source in
            guard case .test(let suite, _?) = source else { return true }
            return !unique.contains(.test(suite: suite, sentence: nil))
        }.sorted { "\($0)" < "\($1)" }
    }

    /// The identifier for Swift Testing; `nil` for a proof that does not run.
    private nonisolated func filter(of source: Proof.Source) -> String? {
        // Suites of other folders judge the harness, or break the artifacts themselves.
        guard case .test(let suite, _) = source, !Self.unasked.contains(suite),
            names.place(of: source)?.path.hasPrefix("Tests/SmokeTests/") == true
        else { return nil }
        return names.selector(of: source).map { "[./]\($0)" }
    }

    /// The seconds of a test on the unbroken copy; the test must pass.
    private func cost(of proof: Proof.Source) async throws -> Double {
        let task =
            baselines[proof]
            ?? Task {
                let start = ContinuousClock.now
                if case .killed(let test) = try await run(proof, in: sound) {
                    throw HarnessError(
                        "on the unbroken copy this test fails: \(test)",
                        remedy: "fix the failures that `swift test` reports")
                }
                return (ContinuousClock.now - start).seconds
            }
        baselines[proof] = task
        return try await task.value
    }

    private nonisolated func run(_ proof: Proof.Source, in tree: MutantTree) async throws -> MutantJudge.Verdict {
        guard case .test(let suite, let sentence) = proof, let filter = filter(of: proof) else { return .survived }
        return try await home.withScratch("tests") { folder in
            let (code, record) = try await bundle.run(filter, artifacts: tree.root, home: home, scratch: folder)
            let shown = record?.verdict(suite: suite, sentence: sentence)
            return switch (code, shown?.verdict) {
            case (1, .failed): .killed("\(suite): \(shown?.reason.prefix(200) ?? "")")
            case (0, .passed): .survived
            case (0, .skipped): .skipped(shown?.reason ?? "")
            default: .skipped("\(suite) ended with \(code.map(String.init) ?? "a signal") without a result")
            }
        }
    }
}
