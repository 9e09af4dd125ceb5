import Foundation
import HarnessSupport
import Tooling

/// How long the last whole `up` and `down` of the local stack took: kept beside the stack, which `down` removes.
struct StackTimes: Codable, Sendable {
    enum Kind: String, Codable, CodingKeyRepresentable {
        /// Without any image that an earlier run built.
        case upFromNothing
        case up
        case down
    }

    struct Time: Codable, Sendable {
        let seconds: Double
        /// Of the critical path.
        let criticalSeconds: Double
        let ended: Date
    }

    private var times: [Kind: Time] = [:]

    subscript(kind: Kind) -> Time? { times[kind] }

    private static func file(_ home: HarnessHome) -> String { home.path.appendingPath("stack-times.json") }

    static func read(_ home: HarnessHome) -> StackTimes {
        FileManager.default.contents(atPath: file(home)).flatMap { try? JSONDecoder().decode(Self.self, from: $0) }
            ?? StackTimes()
    }

    static func note(
        _ kind: Kind, seconds: Double, criticalPath: [(name: String, seconds: Double)], _ home: HarnessHome
    ) throws {
        var all = read(home)
        all.times[kind] = Time(
            seconds: seconds, criticalSeconds: criticalPath.map(\.seconds).reduce(0, +), ended: Date())
        try JSONEncoder().encode(all).write(to: URL(fileURLWithPath: file(home)), options: .atomic)
    }
}
