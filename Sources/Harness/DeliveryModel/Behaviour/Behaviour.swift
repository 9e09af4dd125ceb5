import CheckCore
import HarnessSupport

/// What a repository amounts to once it is deployed, as facts that two revisions can be compared by.
package struct Behaviour: Sendable {
    package enum Aspect: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
        case access, iam, reach, placement, cost, alerts

        package var title: String {
            switch self {
            case .access: "Who may do what in Kubernetes"
            case .iam: "Who may do what in the cloud"
            case .reach: "Who reaches whom"
            case .placement: "Where pods land"
            case .cost: "What it costs"
            case .alerts: "Which alerts there are"
            }
        }
    }

    /// What is known of a subject, by the subject.
    package typealias Facts = [String: String]

    package private(set) var facts: [Aspect: Facts] = [:]
    /// Why an aspect is not known.
    package private(set) var gaps: [String] = []

    mutating func add(_ facts: [Aspect: Facts]) {
        for (aspect, facts) in facts { self.facts[aspect, default: [:]].merge(facts) { Self.joined($0, $1) } }
    }

    mutating func leaveOut(_ what: String, _ reason: String) { gaps.append("\(what): \(reason)") }

    /// Two values of one subject as one, whatever their order.
    static func joined(_ left: String, _ right: String) -> String {
        Set((left + ", " + right).split(separator: ", ")).sorted().joined(separator: ", ")
    }

    package struct Change: Encodable, Hashable, Sendable {
        package let aspect: String
        package let subject: String
        /// `nil` where the revision has none.
        package let before: String?
        package let after: String?
    }

    /// What differs from `base`, in the order of the aspects.
    package func changes(since base: Behaviour) -> [Change] {
        Aspect.allCases.flatMap { aspect in
            let (old, new) = (base.facts[aspect] ?? [:], facts[aspect] ?? [:])
            return Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map {
                Change(aspect: aspect.rawValue, subject: $0, before: old[$0], after: new[$0])
            }
        }
    }
}
