import CheckCore
import Foundation
import HarnessSupport

/// What a visitor of the one address gets.
struct VisitClaims: Sendable {
    let address: String
    let plainAddress: String
    /// Where a visit of `/service/b/v2/` over plain HTTP must lead.
    let redirect: String
    /// The certificate to trust.
    let authority: String
    let repository: Repository

    var example: String { repository.absolute("sagemaker/claims-model/examples/claim.json") }

    func all() async -> [Claim] {
        let v1 = await scores(
            "/service/a/v1/score", scoring: "/service/a/v1/score scores the example record",
            refusing: "/service/a/v1/score refuses an invalid claim")
        let v2 = await scores(
            "/service/a/v2/score", scoring: "/service/a/v2/score scores the example record",
            refusing: "/service/a/v2/score refuses an invalid claim")
        return await v1 + v2 + [report("v1"), report("v2")] + gateway()
    }

    /// Each claim has its whole text at one place, where the catalogue finds it.
    private func scores(_ path: String, scoring: String, refusing: String) async -> [Claim] {
        let score = await visit(path, body: "@\(example)")
        let wrong = await visit(path, body: "{\"no\": \"claim\"}")
        let answer = JSONValue(parsing: score?.body ?? "")
        let version = answer?["model_version"]?.string
        return [
            Claim(scoring, Self.score(in: answer) != nil && version != nil, seen: text(score)),
            Claim(refusing, [400, 422].contains(wrong?.status ?? 0), seen: text(wrong)),
        ]
    }

    private func report(_ version: String) async -> Claim {
        let path = "/service/b/\(version)/"
        let page = await visit(path)
        return Claim(
            "\(path) shows the report", page?.status == 200 && page?.body.contains("<title>") ?? false,
            seen: "\(page?.status ?? 0), \(page?.body.utf8.count ?? 0) bytes")
    }

    private func gateway() async -> [Claim] {
        let path = "/service/b/v2/"
        let plain = await HTTP.visit(plainAddress + path)
        let trusting = await visit(path)
        let stranger = await HTTP.visit(address + path)
        var claims: [Claim] = []
        for path in ["/nothing", "/service/a", "/service/a/v3/score", "/service/a/v2/metrics"] {
            claims.append(Claim("\(path) is 404", is: await visit(path)?.status, 404))
        }
        return claims + [
            Claim(
                "plain HTTP redirects to HTTPS",
                [301, 308].contains(plain?.status ?? 0) && plain?.redirect == redirect,
                seen: "\(plain?.status ?? 0) \(plain?.redirect ?? "")"),
            Claim(
                "its certificate is of the stack's own authority, and of no other", stranger == nil && trusting != nil,
                seen: stranger == nil ? "refused without it" : "accepted without it"),
        ]
    }

    func visit(_ path: String, body: String? = nil, requestID: String? = nil) async -> HTTP.Answer? {
        await HTTP.visit(address + path, authority: authority, body: body, requestID: requestID)
    }

    static func score(in answer: JSONValue?) -> Double? {
        guard case .number(let cost)? = (answer?["predictions"]).items.first?["expected_cost"] else { return nil }
        return cost
    }

    private func text(_ answer: HTTP.Answer?) -> String {
        answer.map { "\($0.status) \($0.body.prefix(90).replacing("\n", with: " "))" } ?? "no answer"
    }
}
