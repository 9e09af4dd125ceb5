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
    public static let all: [any Benchmark] = [
        PaceBenchmark(), CheckBenchmark(), LambdaBenchmark(), SchemaBenchmark(),
    ]
}

/// The context of a benchmark.
public struct BenchContext: Sendable {
    let repository: Repository
    let toolbox: Toolbox
    /// The harness itself, to be measured as a user runs it.
    let executable: String
    /// Whether what takes an hour is measured too.
    let isLong: Bool
    let say: @Sendable (String) -> Void

    public init(
        repository: Repository, toolbox: Toolbox, executable: String, isLong: Bool = false,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.repository = repository
        self.toolbox = toolbox
        self.executable = executable
        self.isLong = isLong
        self.say = say
    }
}

/// A figure of this harness beside that of the alternative, or beside its aim.
public struct Measurement: Codable, Sendable {
    public let name: String
    public let peer: String
    /// `nil` where it was not measured; the note says why.
    public let ours: Double?
    public let theirs: Double
    public let unit: String
    /// Above 1: ours is ahead.
    public let ratio: Double?
    /// Seconds of processor time.
    public let processor: Double?
    public let note: String?

    private static let aim = "the aim"
    /// Whether the peer is an aim of our own.
    public var isAim: Bool { peer == Self.aim }

    /// For a quantity where less is better.
    init(_ name: String, seconds ours: Double, peer: String, seconds theirs: Double) {
        self.init(name, amount: ours, peer: peer, amount: theirs, unit: "s")
    }

    /// For a quantity where less is better.
    init(_ name: String, amount ours: Double, peer: String, amount theirs: Double, unit: String) {
        self.init(name, ours, peer, theirs, unit, nil, nil)
    }

    init(_ name: String, seconds: Double, processor: Double? = nil, aim: Double, note: String? = nil) {
        self.init(name, seconds, Self.aim, aim, "s", processor, note)
    }

    init(_ name: String, amount: Double, aim: Double, unit: String, note: String? = nil) {
        self.init(name, amount, Self.aim, aim, unit, nil, note)
    }

    init(_ name: String, aim: Double, unmeasured reason: String) {
        self.init(name, nil, Self.aim, aim, "s", nil, reason)
    }

    private init(
        _ name: String, _ ours: Double?, _ peer: String, _ theirs: Double, _ unit: String, _ processor: Double?,
        _ note: String?
    ) {
        func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
        self.name = name
        self.peer = peer
        self.ours = ours.map(rounded)
        self.theirs = rounded(theirs)
        self.unit = unit
        self.ratio = ours.map { (theirs / $0 * 100).rounded() / 100 }
        self.processor = processor.map(rounded)
        self.note = note
    }

    /// An amount with its unit; a dash where it was not measured.
    public func text(_ amount: Double?) -> String { amount.map { String(format: "%.2f ", $0) + unit } ?? "-" }
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
