import CheckCore
import Foundation
import HarnessSupport

/// Tests rows of the table on a fixture.
struct PermissionTrial: Sendable {
    let scene: PermissionFixture

    /// A called row is also evaluated. Both results must agree, which validates the evaluation for rows that can
    /// only be evaluated.
    func judge(_ row: PermissionTable.Row, _ aws: AWSClient) async throws -> (Verdict, String) {
        guard let principal = scene.principals[row.principal] else {
            throw HarnessError("\(PermissionTable.path): unknown principal \(row.principal)")
        }
        let evaluated = try evaluate(row, principal)
        let wanted = row.expected.rawValue
        guard row.by == .call else {
            switch evaluated {
            case .allowed: return (wanted == "allowed" ? .passed : .failed, "allowed by its policies")
            case .denied(let why): return (wanted == "denied" ? .passed : .failed, "denied: \(why)")
            case .undecided(let why): return (.skipped, why)
            }
        }
        guard let identity = principal.identity else {
            return (.skipped, "no credentials for \(row.principal) on the emulator")
        }
        let called = try await PermissionCall(row, scene).make(as: identity, aws)
        switch (called, evaluated) {
        case (.failed(let message), _): return (.failed, message)
        case (.allowed, .allowed): return (wanted == "allowed" ? .passed : .failed, "allowed")
        case (.denied(let code), .denied): return (wanted == "denied" ? .passed : .failed, code)
        case (_, .undecided(let why)): return (.failed, "called: \(called.text); its policies: \(why)")
        default: return (.failed, "called: \(called.text); its policies say otherwise")
        }
    }

    private func evaluate(
        _ row: PermissionTable.Row, _ principal: PermissionFixture.Principal
    ) throws -> PolicyEvaluation.Decision {
        let (arn, resource) = try scene.resource(row)
        var facts = ["aws:securetransport": ["true"]].merging(principal.context) { $1 }
            .merging(resource?.context ?? [:]) { $1 }
        if let account = principal.arn?.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first {
            facts["aws:principalaccount"] = [String(account)]
        }
        var identity = principal.policies
        for (key, value) in row.with ?? [:] {
            if key == "granted" {
                identity.append(
                    try PolicyDocument([
                        "Statement": [["Effect": "Allow", "Action": .string(value), "Resource": "*"]]
                    ]))
            } else {
                facts[key.lowercased()] = [scene.filled(value)]
            }
        }
        // A role's own policy says who takes it on, and nothing of who passes or changes it (IAM User Guide, "Roles terms
        // and concepts").
        let own = resource.flatMap { $0.arn.contains(":role/") && !row.action.hasPrefix("sts:") ? nil : $0 }
        return PolicyEvaluation(
            identity: identity, resource: own?.policy, needsResourcePolicy: own?.needsPolicy ?? false
        ).decide(
            .init(principal: principal.arn, action: row.action, resource: arn, account: scene.account, context: facts))
    }
}
