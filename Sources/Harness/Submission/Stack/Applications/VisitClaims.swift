import CheckCore
import Foundation
import HarnessSupport

/// What a visitor of the one address gets.
struct VisitClaims: Sendable {
    let address: String
    let plainAddress: String
    /// Where a visit of `/report/` over plain HTTP must lead.
    let redirect: String
    /// The certificate to trust.
    let authority: String
    let repository: Repository

    var example: String { repository.absolute("sagemaker/claims-model/examples/claim.json") }

    func all() async throws -> [Claim] {
        let score = await visit("/claims/score", body: "@\(example)")
        let wrong = await visit("/claims/score", body: "{\"no\": \"claim\"}")
        let report = await visit("/report/")
        let nothing = await visit("/nothing")
        let plain = await HTTP.visit("\(plainAddress)/report/")
        let stranger = await HTTP.visit("\(address)/report/")
        let answer = JSONValue(parsing: score?.body ?? "")
        return [
            Claim("/claims/score scores the example record", Self.score(in: answer) != nil, seen: text(score)),
            Claim("it answers with the model's version", answer?["model_version"]?.string != nil, seen: text(score)),
            Claim("it refuses what is no claim", [400, 422].contains(wrong?.status ?? 0), seen: text(wrong)),
            Claim(
                "/report/ shows the report",
                report?.status == 200 && report?.body.contains("<title>") ?? false,
                seen: "\(report?.status ?? 0), \(report?.body.utf8.count ?? 0) bytes"),
            Claim("/nothing is 404", is: nothing?.status, 404),
            Claim(
                "plain HTTP redirects to HTTPS",
                [301, 308].contains(plain?.status ?? 0) && plain?.redirect == redirect,
                seen: "\(plain?.status ?? 0) \(plain?.redirect ?? "")"),
            Claim(
                "its certificate is of the stack's own authority, and of no other", stranger == nil && report != nil,
                seen: stranger == nil ? "refused without it" : "accepted without it"),
        ]
    }

    func visit(_ path: String, body: String? = nil) async -> HTTP.Answer? {
        await HTTP.visit(address + path, authority: authority, body: body)
    }

    static func score(in answer: JSONValue?) -> Double? {
        guard case .number(let cost)? = (answer?["predictions"]).items.first?["expected_cost"] else { return nil }
        return cost
    }

    private func text(_ answer: HTTP.Answer?) -> String {
        answer.map { "\($0.status) \($0.body.prefix(90).replacing("\n", with: " "))" } ?? "no answer"
    }
}
