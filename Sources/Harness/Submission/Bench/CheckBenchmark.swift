import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// `harness check` on a copy of this repository, compared with the same tools in a shell loop.
struct CheckBenchmark: Benchmark {
    let name = "check"

    func measure(in context: BenchContext) async throws -> [Measurement] {
        for tool in [Tool.terraform, .shellcheck, .shfmt, .trivy] { _ = try await context.toolbox.path(of: tool) }
        return try await context.toolbox.home.withScratch("bench") { scratch in
            let copy = scratch.appendingPath("repository")
            try CheckContext(repository: context.repository, toolbox: context.toolbox)
                .stage(context.repository.artifacts.map(\.path), in: copy)
            // A separate repository, not a part of the enclosing one.
            _ = try await Command("git", ["init", "--quiet", copy]).run()

            context.say("the tools one after another")
            let loop = Stopwatch()
            let steps = try await byHand(copy, context)
            let (loopSeconds, processorSeconds) = (loop.seconds, loop.processorSeconds)
            let slowest = steps.max() ?? 0

            let home = scratch.appendingPath("home")
            try context.toolbox.home.makeFolder(home)
            try FileManager.default.createSymbolicLink(
                atPath: home.appendingPath("tools"), withDestinationPath: context.toolbox.home.tools)
            context.say("harness check, nothing cached")
            let cold = try await check(copy, home: home, context)
            context.say("harness check, everything cached")
            var warm = cold
            for _ in 0..<3 {
                let run = try await check(copy, home: home, context)
                if run.seconds < warm.seconds { warm = run }
            }
            let cores = Double(max(1, ProcessInfo.processInfo.activeProcessorCount))
            var result = [
                Measurement("check, nothing changed", seconds: warm.seconds, processor: warm.processor, aim: 0.3),
                Measurement(
                    "check, cold", seconds: cold.seconds, processor: cold.processor,
                    aim: 1.25 * max(slowest, cold.processor / cores)),
                Measurement(
                    "check, cold", seconds: cold.seconds, peer: "the same tools by a shell loop", seconds: loopSeconds),
                Measurement(
                    "check, cold", seconds: cold.seconds, peer: "larger of slowest tool and processor time over cores",
                    seconds: max(slowest, processorSeconds / cores)),
                Measurement(
                    "check, nothing changed", seconds: warm.seconds, peer: "the same tools by a shell loop",
                    seconds: loopSeconds),
            ]
            for (kind, path) in Self.changed {
                context.say("harness check, one \(kind) changed")
                let file = FileHandle(forUpdatingAtPath: copy.appendingPath(path))
                try file?.seekToEnd()
                try file?.write(contentsOf: Data("# One line more.\n".utf8))
                try file?.close()
                let run = try await check(copy, home: home, context)
                let alone = Stopwatch()
                _ = try await byHand(copy, context, only: path)
                result.append(
                    Measurement(
                        "check, one \(kind) changed", seconds: run.seconds, processor: run.processor,
                        aim: 1 + alone.seconds, note: "1 s and the tools by hand"))
            }
            return result
        }
    }

    /// A file of each kind, to change.
    private static let changed = [
        ("script", "scripts/lock-pins.sh"), ("manifest", "k8s/apps/claims/version/deployment.yaml"),
        ("Terraform module", "terraform/modules/network/main.tf"),
    ]

    /// Seconds that each step of the loop took.
    private func byHand(_ copy: String, _ context: BenchContext, only: String? = nil) async throws -> [Double] {
        let tools = try await context.toolbox.path(of: .shellcheck).parentPath
        let path = tools + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        var environment = try TerraformEnvironment(home: context.toolbox.home).variables(data: ".data")
        environment["PATH"] = path
        let output = try await Command(
            context.repository.absolute("scripts/check-by-hand.sh"), only.map { [copy, $0] } ?? [copy],
            environment: environment
        ).run()
        guard output.isSuccess else { throw HarnessError("scripts/check-by-hand.sh: \(output.lastLine)") }
        return output.stdout.split(separator: "\n").compactMap { Double($0.prefix { $0 != " " }) }
    }

    private func check(_ copy: String, home: String, _ context: BenchContext) async throws -> (
        seconds: Double, processor: Double
    ) {
        let watch = Stopwatch()
        let output = try await Command(
            context.executable, ["check", "--strict", copy], environment: ["HARNESS_HOME": home]
        ).run()
        guard output.exitCode == 0 else { throw HarnessError("harness check found something: \(output.lastLine)") }
        return (watch.seconds, watch.processorSeconds)
    }
}
