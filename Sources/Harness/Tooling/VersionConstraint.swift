import Foundation

/// A version constraint of Terraform: `>= 5.100, < 6.0`, `~> 5.1`.
///
/// Source: Terraform documentation, Configuration Language, Version Constraints.
package struct VersionConstraint {
    private let clauses: [(operation: String, version: [Int])]

    /// `nil` when the text is not a constraint.
    package init?(_ text: String) {
        var clauses: [(String, [Int])] = []
        for clause in text.split(separator: ",", omittingEmptySubsequences: false) {
            let clause = clause.trimmingCharacters(in: .whitespaces)
            let operation = clause.prefix { "<>=!~".contains($0) }
            let number = clause.dropFirst(operation.count).trimmingCharacters(in: .whitespaces)
            guard let version = Self.parse(number),
                ["", "=", "!=", ">", ">=", "<", "<=", "~>"].contains(operation)
            else { return nil }
            clauses.append((String(operation), version))
        }
        guard !clauses.isEmpty else { return nil }
        self.clauses = clauses
    }

    package func accepts(_ version: String) -> Bool {
        guard let version = Self.parse(version) else { return false }
        return clauses.allSatisfy { operation, wanted in
            let order = Self.compare(version, wanted)
            switch operation {
            case "!=": return order != 0
            case ">": return order > 0
            case ">=": return order >= 0
            case "<": return order < 0
            case "<=": return order <= 0
            case "~>":
                // Only the last given part may increase.
                return order >= 0 && version.prefix(wanted.count - 1).elementsEqual(wanted.dropLast())
            default: return order == 0
            }
        }
    }

    private static func parse(_ text: String) -> [Int]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
        }
        guard !parts.isEmpty, !parts.contains(nil) else { return nil }
        return parts.compactMap(\.self)
    }

    private static func compare(_ left: [Int], _ right: [Int]) -> Int {
        for index in 0..<max(left.count, right.count) {
            let a = index < left.count ? left[index] : 0
            let b = index < right.count ? right[index] : 0
            if a != b { return a < b ? -1 : 1 }
        }
        return 0
    }
}
