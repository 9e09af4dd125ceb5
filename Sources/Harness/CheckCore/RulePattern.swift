import Foundation
import HarnessSupport

/// Matches a rule, a check or a shell-style pattern: `k8s-probes/missing`, `k8s-probes`, `missing`, `k8s-*`.
public struct RulePattern: Hashable, Sendable {
    public let text: String

    public init(_ text: String) { self.text = text }

    /// Compares with the rule's whole name, with its check and with its last part. A star also matches a slash.
    ///
    /// - Parameter rule: for example `k8s-probes/missing`.
    public func matches(_ rule: String) -> Bool {
        [rule, rule.topFolder, rule.lastPathPart].contains { !$0.isEmpty && matchesName($0) }
    }

    /// A name such as `name[missing]` is also compared as it is.
    package func matchesName(_ name: String) -> Bool { name == text || fnmatch(text, name, 0) == 0 }
}
