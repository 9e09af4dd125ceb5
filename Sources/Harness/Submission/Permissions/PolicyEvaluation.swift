import Foundation
import HarnessSupport

/// Decides whether AWS would allow a request, by the policies that apply to it.
///
/// Source: IAM User Guide, "Policy evaluation logic". Boundaries, session policies and an organisation's policies are
/// not supported, because the stacks have none.
struct PolicyEvaluation: Sendable {
    /// A request: caller, action, resource and condition values.
    struct Request: Sendable {
        /// The caller's ARN, of the role and not of its session; `nil` for a visitor without credentials.
        let principal: String?
        let action: String
        let resource: String
        /// The account that owns the resource.
        let account: String
        /// Values of condition keys, by key in lower case.
        let context: [String: [String]]
    }

    enum Decision: Hashable, Sendable {
        case allowed
        case denied(because: String)
        /// A deciding statement uses an unsupported feature.
        case undecided(because: String)
    }

    /// Policies of the identity and of the groups that it is in.
    let identity: [PolicyDocument]
    /// The resource policy, if any.
    let resource: PolicyDocument?
    /// Whether the resource policy must allow the caller, as for a key or a role.
    let needsResourcePolicy: Bool

    func decide(_ request: Request) -> Decision {
        var unknown: String?
        func applies(_ statement: PolicyDocument.Statement) -> Bool {
            switch Self.matches(statement, request) {
            case .yes: return true
            case .no: return false
            case .unknown(let why):
                unknown = unknown ?? why
                // A denial that may apply prevents the result allowed.
                return false
            }
        }
        let own = identity.flatMap(\.statements)
        let others = (resource?.statements ?? []).filter { Self.names($0.principals, request) }
        if (own + others).contains(where: { !$0.isAllow && applies($0) }) {
            return .denied(because: "a statement denies the action")
        }
        if let unknown { return .undecided(because: unknown) }

        let byIdentity = own.contains { $0.isAllow && applies($0) }
        let allowing = others.filter { $0.isAllow && applies($0) }
        if let unknown { return .undecided(because: unknown) }
        guard let principal = request.principal else {
            return allowing.isEmpty ? .denied(because: "no statement allows everyone") : .allowed
        }
        // A service has no identity policies, so the resource policy decides its calls.
        if !principal.contains(":") {
            return allowing.isEmpty ? .denied(because: "no policy allows the action") : .allowed
        }
        // The account as a principal delegates the decision to the policies of its identities.
        let byName = allowing.contains { !Self.isAccountOnly($0.principals, request) }
        let byAccount = !allowing.isEmpty
        let isOwn =
            principal.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first ?? ""
            == request.account[...]
        let allowed: Bool
        if needsResourcePolicy || !isOwn {
            allowed = isOwn ? byName || (byAccount && byIdentity) : byAccount && byIdentity
        } else {
            allowed = byIdentity || byName
        }
        return allowed ? .allowed : .denied(because: "no policy allows the action")
    }

    // MARK: Statements

    private enum Match {
        case yes, no
        case unknown(String)
    }

    private static func matches(_ statement: PolicyDocument.Statement, _ request: Request) -> Match {
        func any(_ patterns: PolicyDocument.Patterns, _ text: String, ignoringCase: Bool) -> Bool {
            patterns.patterns.contains {
                Wildcard.matches(filled($0, request.context), text, ignoringCase: ignoringCase)
            } != patterns.isNegated
        }
        guard any(statement.actions, request.action, ignoringCase: true),
            any(statement.resources, request.resource, ignoringCase: false)
        else { return .no }
        var unknown: String?
        for condition in statement.conditions {
            switch holds(condition, request.context) {
            case .some(false): return .no
            case .some(true): continue
            case .none: unknown = "unsupported operator \(condition.name)"
            }
        }
        return unknown.map { .unknown($0) } ?? .yes
    }

    /// Whether a resource's statement is about the caller.
    private static func names(_ principals: PolicyDocument.Patterns?, _ request: Request) -> Bool {
        guard let principals else { return false }
        return principals.patterns.contains { pattern in
            if pattern == "*" { return true }
            guard let caller = request.principal else { return false }
            return pattern == caller || pattern == account(of: caller) || pattern == root(of: caller)
        } != principals.isNegated
    }

    private static func isAccountOnly(_ principals: PolicyDocument.Patterns?, _ request: Request) -> Bool {
        guard let principals, let caller = request.principal else { return false }
        return !principals.patterns.contains { $0 == "*" || $0 == caller }
    }

    private static func account(of arn: String) -> String {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 4 ? String(parts[4]) : ""
    }

    private static func root(of arn: String) -> String { "arn:aws:iam::\(account(of: arn)):root" }

    // MARK: Conditions

    /// Replaces policy variables, for example `${aws:username}`, by values of the request.
    private static func filled(_ pattern: String, _ context: [String: [String]]) -> String {
        var text = pattern
        while let start = text.range(of: "${"), let end = text[start.upperBound...].firstIndex(of: "}") {
            let key = text[start.upperBound..<end].lowercased()
            // A variable without a value makes the statement match nothing.
            text.replaceSubrange(start.lowerBound...end, with: context[key]?.first ?? "\u{0}")
        }
        return text
    }

    /// `nil` for an unsupported operator.
    private static func holds(_ condition: PolicyDocument.Condition, _ context: [String: [String]]) -> Bool? {
        var name = condition.name
        let found = context[condition.key]
        if name == "Null" { return condition.values.contains { ($0 == "true") == (found == nil) } }
        var forAll = false
        if name.hasPrefix("ForAllValues:") {
            forAll = true
            name.removeFirst("ForAllValues:".count)
        } else if name.hasPrefix("ForAnyValue:") {
            name.removeFirst("ForAnyValue:".count)
        }
        let ifExists = name.hasSuffix("IfExists")
        if ifExists { name.removeLast("IfExists".count) }
        let isNegated = name.contains("Not")
        guard let compare = comparison(name.replacingOccurrences(of: "Not", with: "")) else { return nil }
        guard let found else { return ifExists || forAll || isNegated }
        let wanted = condition.values.map { filled($0, context) }
        func one(_ value: String) -> Bool { wanted.contains { compare($0, value) } != isNegated }
        return forAll || isNegated ? found.allSatisfy(one) : found.contains(where: one)
    }

    private static func comparison(_ name: String) -> ((String, String) -> Bool)? {
        switch name {
        case "StringEquals": { $0 == $1 }
        case "StringEqualsIgnoreCase", "Bool": { $0.lowercased() == $1.lowercased() }
        case "StringLike", "ArnLike", "ArnEquals": { Wildcard.matches($0, $1) }
        case "NumericEquals": { Double($0) == Double($1) }
        case "NumericLessThan": { Double($1) ?? .nan < Double($0) ?? .nan }
        default: nil
        }
    }
}
