import CheckCore
import Foundation
import HarnessSupport

/// Answers of the gateway to a visitor.
struct VisitVerification: Sendable {
    let address: String
    let plainAddress: String
    /// The expected redirect of `/service/b/v2/` over plain HTTP.
    let redirect: String
    /// The CA certificate.
    let authority: String
    /// A made-up claim, which is part of the repository.
    let example: String
    /// The supplied claim, or the skip reason.
    let supplied: Result<String, Skipped>

    func all() async -> [Assertion] {
        let scores = await [
            scores(
                .init(id: "v1-scores-supplied-record", "/service/a/v1/score scores the supplied record"),
                at: "/service/a/v1/score", in: Self.costV1),
            scores(
                .init(id: "v2-scores-supplied-record", "/service/a/v2/score scores the supplied record"),
                at: "/service/a/v2/score", in: Self.costV2),
            Assertion(
                .init(id: "example-scored", "/service/a/v2/score scores the example record"),
                of: await visit("/service/a/v2/score", body: "@\(example)")
            ) { Self.costV2($0) != nil },
            refuses(
                .init(id: "v1-refuses-invalid-claim", "/service/a/v1/score rejects an invalid claim"),
                at: "/service/a/v1/score"),
            refuses(
                .init(id: "v2-refuses-invalid-claim", "/service/a/v2/score rejects an invalid claim"),
                at: "/service/a/v2/score"),
        ]
        return await scores + [report("v1"), report("v2")] + gateway()
    }

    private func scores(_ name: Assertion.Name, at path: String, in cost: (JSONValue?) -> Double?) async -> Assertion {
        switch supplied {
        case .success(let record):
            return Assertion(name, of: await visit(path, body: "@\(record)")) { cost($0) != nil }
        case .failure(let skipped): return Assertion(name, skipped: skipped.reason)
        }
    }

    private func refuses(_ name: Assertion.Name, at path: String) async -> Assertion {
        // Version 1 needs the supplied models.
        if path.contains("/v1/"), case .failure(let skipped) = supplied {
            return Assertion(name, skipped: skipped.reason)
        }
        let answer = await visit(path, body: "{\"no\": \"claim\"}")
        return Assertion(name, [400, 422].contains(answer?.status ?? 0), seen: answer?.shown ?? "no answer")
    }

    private func report(_ version: String) async -> Assertion {
        let path = "/service/b/\(version)/"
        let page = await visit(path)
        return Assertion(
            id: "report-shown", "\(path) shows the report",
            page?.status == 200 && page?.body.contains("<title>") ?? false,
            seen: "\(page?.status ?? 0), \(page?.body.utf8.count ?? 0) bytes")
    }

    private func gateway() async -> [Assertion] {
        let path = "/service/b/v2/"
        let plain = await HTTP.visit(plainAddress + path)
        let trusting = await visit(path)
        let stranger = await HTTP.visit(address + path)
        var claims: [Assertion] = []
        for path in ["/nothing", "/service/a", "/service/a/v3/score", "/service/a/v2/metrics"] {
            claims.append(Assertion(id: "unrouted-path-404", "\(path) is 404", is: await visit(path)?.status, 404))
        }
        return claims + [
            Assertion(
                id: "https-redirect", "plain HTTP redirects to HTTPS",
                [301, 308].contains(plain?.status ?? 0) && plain?.redirect == redirect,
                seen: "\(plain?.status ?? 0) \(plain?.redirect ?? "")"),
            Assertion(
                id: "private-ca", "only the stack's CA verifies the gateway's certificate",
                stranger == nil && trusting != nil,
                seen: stranger == nil ? "rejected without that CA" : "accepted without that CA"),
        ]
    }

    func visit(_ path: String, body: String? = nil, requestID: String? = nil) async -> HTTP.Answer? {
        await HTTP.visit(address + path, authority: authority, body: body, requestID: requestID)
    }

    /// The cost in an answer of version 1, which has the form that the exercise supplies.
    static func costV1(_ answer: JSONValue?) -> Double? {
        guard case .number(let cost)? = (answer?["result"]).items.first else { return nil }
        return cost
    }

    static func costV2(_ answer: JSONValue?) -> Double? {
        guard case .number(let cost)? = (answer?["predictions"]).items.first?["expected_cost"],
            answer?["model_version"]?.string != nil
        else { return nil }
        return cost
    }
}

extension Assertion {
    fileprivate init(_ name: Name, of answer: HTTP.Answer?, _ holds: (JSONValue?) -> Bool) {
        self.init(name, holds(JSONValue(parsing: answer?.body ?? "")), seen: answer?.shown ?? "no answer")
    }
}

extension HTTP.Answer {
    fileprivate var shown: String { "\(status) \(body.prefix(90).replacing("\n", with: " "))" }
}
