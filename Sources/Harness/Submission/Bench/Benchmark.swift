import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// A measurement of this harness against an alternative, in one run on one machine.
public protocol Benchmark: Sendable {
    var name: String { get }
    /// Measures. Runs nothing else at the same time.
    func measure(in context: BenchContext) async throws -> [Measurement]
}

/// All benchmarks. To add one, add a file here and a line below.
public enum Benchmarks {
    public static let all: [any Benchmark] = [CheckBenchmark(), LambdaBenchmark(), SchemaBenchmark()]
}

/// The context of a benchmark.
public struct BenchContext: Sendable {
    let repository: Repository
    let toolbox: Toolbox
    /// The harness itself, to be measured as a user runs it.
    let executable: String
    let say: @Sendable (String) -> Void

    public init(
        repository: Repository, toolbox: Toolbox, executable: String, say: @escaping @Sendable (String) -> Void
    ) {
        self.repository = repository
        self.toolbox = toolbox
        self.executable = executable
        self.say = say
    }
}

/// A figure of this harness and the figure of the alternative.
public struct Measurement: Codable, Sendable {
    public let name: String
    public let peer: String
    public let ours: Double
    public let theirs: Double
    public let unit: String
    /// Above 1: ours is ahead.
    public let ratio: Double

    /// For a quantity where less is better.
    init(_ name: String, seconds ours: Double, peer: String, seconds theirs: Double) {
        self.init(name, amount: ours, peer: peer, amount: theirs, unit: "s")
    }

    /// For a quantity where less is better.
    init(_ name: String, amount ours: Double, peer: String, amount theirs: Double, unit: String) {
        self.name = name
        self.peer = peer
        self.ours = (ours * 1_000).rounded() / 1_000
        self.theirs = (theirs * 1_000).rounded() / 1_000
        self.unit = unit
        self.ratio = (theirs / ours * 100).rounded() / 100
    }
}

/// A time span, and the CPU time of child processes in it.
struct Stopwatch {
    private let start = ContinuousClock.now
    private let processorStart = Self.childrensProcessorSeconds()

    var seconds: Double { (ContinuousClock.now - start).seconds }
    /// User and system time of the children that ended meanwhile.
    var processorSeconds: Double { Self.childrensProcessorSeconds() - processorStart }

    private static func childrensProcessorSeconds() -> Double {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        #else
            getrusage(RUSAGE_CHILDREN, &usage)
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
