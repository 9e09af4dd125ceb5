import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// How long the commands take that a reader waits for, beside their aims on two cores.
///
/// `up`, `down` and the tests are taken from their last runs, which noted their times. Builds and tests of a fresh clone
/// take half an hour and are measured with `--long` only.
struct PaceBenchmark: Benchmark {
    let name = "pace"

    func measure(in context: BenchContext) async throws -> [Measurement] {
        try await fresh(context) + tests(context) + stack(context)
    }

    // MARK: From a fresh clone

    private struct Step {
        let name: String
        let aim: Double
        let arguments: [String]
        /// Steps with the same folder share their build.
        let folder: String
    }

    private static let steps = [
        Step(name: "debug build from nothing", aim: 210, arguments: ["build"], folder: "all"),
        Step(
            name: "debug build of the checker alone", aim: 120, arguments: ["build", "--product", "harness-check"],
            folder: "checker"),
        Step(
            name: "swift test on a fresh clone, build and tools included", aim: 900, arguments: ["test"], folder: "test"
        ),
        Step(name: "swift test, second run", aim: 480, arguments: ["test"], folder: "test"),
    ]

    private func fresh(_ context: BenchContext) async throws -> [Measurement] {
        guard context.isLong else {
            return Self.steps.map { Measurement($0.name, aim: $0.aim, unmeasured: "measured with --long only") }
        }
        return try await context.toolbox.home.withScratch("bench") { scratch in
            let clone = scratch.appendingPath("clone")
            let cloned = try await Command("git", ["clone", "--quiet", context.repository.root, clone]).run()
            guard cloned.isSuccess else { throw HarnessError("git clone: \(cloned.lastLine)") }
            var result: [Measurement] = []
            for step in Self.steps {
                context.say(step.name)
                let watch = Stopwatch()
                let done = try await Command(
                    "swift", step.arguments + ["--scratch-path", scratch.appendingPath(step.folder)],
                    environment: ["HARNESS_HOME": nil], folder: clone
                ).run()
                guard done.isSuccess else {
                    result.append(Measurement(step.name, aim: step.aim, unmeasured: "failed: \(done.lastLine)"))
                    continue
                }
                result.append(
                    Measurement(step.name, seconds: watch.seconds, processor: watch.processorSeconds, aim: step.aim))
            }
            return result
        }
    }

    // MARK: From earlier runs

    /// The record of the last test run is of one depth: the other's row says so.
    private func tests(_ context: BenchContext) -> [Measurement] {
        let record = try? TestRun(eventStream: context.toolbox.home.path.appendingPath("tests.jsonl"))
        return [
            ("swift test without the build, default depth", false, 480.0), ("the same at full depth", true, 2_700.0),
        ]
        .map { name, isFull, aim in
            guard let record, let seconds = record.seconds, record.isFullDepth == isFull else {
                return Measurement(name, aim: aim, unmeasured: "no record of such a run in .harness/tests.jsonl")
            }
            return Measurement(name, seconds: seconds, aim: aim, note: record.ended.map(Self.when))
        }
    }

    private func stack(_ context: BenchContext) -> [Measurement] {
        let times = StackTimes.read(context.toolbox.home)
        var result: [Measurement] = []
        for (kind, name, aim) in [
            (StackTimes.Kind.upFromNothing, "make up from nothing", 480.0),
            (.up, "make up, images and tools kept", 240),
            (.down, "make down", 40),
        ] {
            guard let time = times[kind] else {
                result.append(Measurement(name, aim: aim, unmeasured: "no whole run since .harness was made"))
                continue
            }
            result.append(Measurement(name, seconds: time.seconds, aim: aim, note: Self.when(time.ended)))
            guard kind != .down, time.criticalSeconds > 0 else { continue }
            result.append(
                Measurement(
                    "\(name), beside its critical path", amount: time.seconds / time.criticalSeconds, aim: 1.2,
                    unit: "×",
                    note: Self.when(time.ended)))
        }
        return result
    }

    private static func when(_ date: Date) -> String { "ran \(date.ISO8601Format())" }
}
