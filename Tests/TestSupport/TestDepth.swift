import Foundation
import Testing

/// How much of the suite runs. `HARNESS_TEST_DEPTH=full` runs everything, as `.ci/run` does. The default depth runs one
/// case or a few of each expensive family: breaks, interruptions, fault plans, mutants and fuzzing.
public enum TestDepth {
    public static let isFull = ProcessInfo.processInfo.environment["HARNESS_TEST_DEPTH"] == "full"

    /// All cases at full depth; else `count` of them, evenly spread.
    public static func cases<Case>(_ all: [Case], few count: Int) -> [Case] {
        guard !isFull, count < all.count else { return all }
        return (0..<count).map { all[$0 * all.count / count] }
    }
}

extension Trait where Self == ConditionTrait {
    /// For a test that only the full depth runs; else it is skipped, and the output says why.
    public static var fullDepth: Self {
        .enabled(if: TestDepth.isFull, "runs with HARNESS_TEST_DEPTH=full")
    }
}
