import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The verification results of the last `harness up`, kept outside the stack's folder, which `down` removes.
public struct LastUp: Codable, Sendable {
    struct Assertion: Codable, Sendable {
        let id: String
        let text: String
        let verdict: Verdict
        let seen: String
    }

    struct Run: Codable, Sendable {
        let seconds: Double
        let ended: String
    }

    let target: String
    /// Results by component; an `up` of one component keeps the results of the others.
    var components: [String: [Assertion]]
    /// Duration and verification time of each component.
    var runs: [String: Run]?

    static func file(_ home: HarnessHome, _ target: Target) -> String {
        home.path.appendingPath("last-up-\(target.rawValue).json")
    }

    static func read(_ home: HarnessHome, _ target: Target = .local) -> LastUp? {
        FileManager.default.contents(atPath: file(home, target)).flatMap {
            try? JSONDecoder().decode(LastUp.self, from: $0)
        }
    }

    /// - Throws: where it cannot be written.
    static func keep(_ report: StackReport, _ home: HarnessHome, _ target: Target) throws {
        var last = read(home, target) ?? LastUp(target: target.rawValue, components: [:])
        let now = Date().ISO8601Format()
        for component in report.components {
            last.components[component.name] = component.claims.map {
                Assertion(id: $0.id, text: $0.text, verdict: $0.verdict, seen: $0.seen)
            }
            last.runs = (last.runs ?? [:]).merging(
                [component.name: Run(seconds: component.seconds, ended: now)], uniquingKeysWith: { $1 })
        }
        try Data(try jsonText(last).utf8).write(to: URL(fileURLWithPath: file(home, target)), options: .atomic)
    }
}
