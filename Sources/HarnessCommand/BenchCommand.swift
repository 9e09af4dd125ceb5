import ArgumentParser
import CheckCommands
import CheckCore
import Foundation
import HarnessSupport
import Submission
import Tooling

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures the harness beside what one would use instead, in one run.",
        discussion: """
            Prints a table, keeps the last figure of each row in .harness/bench.json, and writes \(BenchmarkPage.path). A \
            ratio above 1 means that ours is ahead.

            Examples:
              harness bench
              harness bench --only check
              harness bench --long
            """)

    @Option(help: "One benchmark: \(Benchmarks.all.map(\.name).joined(separator: ", ")).")
    var only: String?

    @Flag(help: "Also build and test a fresh clone, which takes about an hour.")
    var long = false

    func validate() throws {
        if let only, !Benchmarks.all.contains(where: { $0.name == only }) {
            throw ValidationError(
                "There is no benchmark \(only); there are: \(Benchmarks.all.map(\.name).joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let (only, long) = (only, long)
        try await stackVerb { progress in
            let home = HarnessHome.standard()
            let toolbox = Toolbox(home: home) { progress.say($0) }
            let repository = try await Discovery.here()
            guard repository.contains("scripts/check-by-hand.sh") else {
                throw HarnessError(
                    "the benchmarks measure the harness's own repository, and \(repository.root) is another",
                    remedy: "run it there")
            }
            let context = BenchContext(
                repository: repository, toolbox: toolbox,
                executable: Bundle.main.executablePath ?? CommandLine.arguments[0], isLong: long,
                say: { progress.say($0) })
            var measured: [Submission.Measurement] = []
            for benchmark in Benchmarks.all where only == nil || benchmark.name == only {
                measured += try await benchmark.measure(in: context)
            }
            await toolbox.shutDown()
            progress.finish()
            let rows = measured.map { item in
                [
                    item.name, item.text(item.ours), item.text(item.theirs),
                    item.ratio.map { String(format: "%.2f", $0) } ?? "-", item.note ?? item.peer,
                ]
            }
            print(table([["BENCHMARK", "OURS", "THEIRS", "RATIO", "PEER"]] + rows))
            try await Self.keep(measured, repository.root, home)
        }
    }

    private static func keep(_ measured: [Submission.Measurement], _ root: String, _ home: HarnessHome) async throws {
        let described = try await Command(
            "git", ["-C", root, "describe", "--always", "--dirty=+", "--exclude", "*"]
        ).run()
        let commit = described.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let file = URL(fileURLWithPath: home.path + "/bench.json")
        let kept = try? JSONDecoder().decode([BenchmarkPage.Row].self, from: Data(contentsOf: file))
        var page = BenchmarkPage(kept ?? [])
        page.merge(measured.map { BenchmarkPage.Row($0, commit: commit, date: Date(), cores: cores) })
        try Data(try jsonText(page.rows).utf8).write(to: file, options: .atomic)
        try Data(page.text.utf8)
            .write(to: URL(fileURLWithPath: root + "/" + BenchmarkPage.path), options: .atomic)
    }
}
