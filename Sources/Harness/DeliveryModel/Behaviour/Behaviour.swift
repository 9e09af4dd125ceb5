import CheckCore
import HarnessSupport

/// The behaviour of a deployed repository, as facts that can be compared between revisions.
package struct Behaviour: Sendable {
    package enum Aspect: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
        case access, iam, reach, placement, cost, alerts

        package var title: String {
            switch self {
            case .access: "Access in Kubernetes"
            case .iam: "Access in the cloud"
            case .reach: "Reachability"
            case .placement: "Pod placement"
            case .cost: "Cost"
            case .alerts: "Alerts"
            }
        }
    }

    /// Facts by subject.
    package typealias Facts = [String: String]

    package private(set) var facts: [Aspect: Facts] = [:]
    /// Reasons for unknown aspects.
    package private(set) var gaps: [String] = []

    mutating func add(_ facts: [Aspect: Facts]) {
        for (aspect, facts) in facts { self.facts[aspect, default: [:]].merge(facts) { Self.joined($0, $1) } }
    }

    mutating func leaveOut(_ what: String, _ reason: String) { gaps.append("\(what): \(reason)") }

    /// Joins two values of one subject, independent of their order.
    static func joined(_ left: String, _ right: String) -> String {
        Set((left + ", " + right).split(separator: ", ")).sorted().joined(separator: ", ")
    }

    package struct Change: Encodable, Hashable, Sendable {
        package let aspect: String
        package let subject: String
        /// `nil` if the revision has no value.
        package let before: String?
        package let after: String?
    }

    /// Returns the differences from `base`, in the order of the aspects. Equal changes at several places count once.
    package func changes(since base: Behaviour) -> [Change] {
        Aspect.allCases.flatMap { aspect in
            let (old, new) = (base.facts[aspect] ?? [:], facts[aspect] ?? [:])
            var places: [Change: [String]] = [:]
            for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] {
                let parts = key.hasSuffix("]") ? key.dropLast().split(separator: " [", maxSplits: 1) : [key[...]]
                let change = Change(
                    aspect: aspect.rawValue, subject: String(parts[0]), before: old[key], after: new[key])
                places[change, default: []] += parts.dropFirst().map(String.init)
            }
            return places.map { change, places in
                let suffix = places.isEmpty ? "" : " [\(places.joined(separator: ", "))]"
                return Change(
                    aspect: change.aspect, subject: change.subject + suffix, before: change.before, after: change.after)
            }.sorted { $0.subject < $1.subject }
        }
    }
}
