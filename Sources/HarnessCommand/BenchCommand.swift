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
            Prints a table and writes .harness/bench.json. A ratio above 1 means that ours is ahead.

            Examples:
              harness bench
              harness bench --only check
            """)

    @Option(help: "One benchmark: \(Benchmarks.all.map(\.name).joined(separator: ", ")).")
    var only: String?

    func validate() throws {
        if let only, !Benchmarks.all.contains(where: { $0.name == only }) {
            throw ValidationError(
                "There is no benchmark \(only); there are: \(Benchmarks.all.map(\.name).joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let only = only
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
                executable: Bundle.main.executablePath ?? CommandLine.arguments[0], say: { progress.say($0) })
            var measured: [Submission.Measurement] = []
            for benchmark in Benchmarks.all where only == nil || benchmark.name == only {
                measured += try await benchmark.measure(in: context)
            }
            await toolbox.shutDown()
            progress.finish()
            let rows = measured.map { item in
                [
                    item.name, number(item.ours, item.unit), number(item.theirs, item.unit),
                    String(format: "%.2f", item.ratio), item.peer,
                ]
            }
            print(table([["BENCHMARK", "OURS", "THEIRS", "RATIO", "PEER"]] + rows))
            try Data(try jsonText(measured).utf8)
                .write(to: URL(fileURLWithPath: home.path + "/bench.json"), options: .atomic)
        }
    }

    private func number(_ value: Double, _ unit: String) -> String { String(format: "%.2f ", value) + unit }
}
