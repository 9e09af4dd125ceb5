import Foundation

/// Which version answers at each path, read from the logs of all of them.
struct VersionClaims: Sendable {
    let visits: VisitClaims
    /// What all containers of a workload wrote; its name is `namespace/name`.
    let logs: @Sendable (_ workload: String) async throws -> String

    /// The path of each version, and the workload that must answer there.
    static let versions = [
        (path: "/service/a/v1", workload: "claims/claims-v1"), ("/service/a/v2", "claims/claims-v2"),
        ("/service/b/v1", "report/report-v1"), ("/service/b/v2", "report/report-v2"),
    ]

    func all() async throws -> [Claim] {
        var claims: [Claim] = []
        for (path, workload) in Self.versions {
            let mark = UUID().uuidString.lowercased()
            // The claims model logs the request's id, the report its path.
            if path.hasPrefix("/service/a/") {
                _ = await visits.visit("\(path)/score", body: "@\(visits.example)", requestID: mark)
            } else {
                _ = await visits.visit("\(path)/\(mark)")
            }
            var reached: [String] = []
            let end = ContinuousClock.now + .seconds(5)
            repeat {
                try await Task.sleep(for: .milliseconds(100))
                for (_, other) in Self.versions where try await logs(other).contains(mark) { reached.append(other) }
            } while reached.isEmpty && ContinuousClock.now < end
            claims.append(
                Claim(
                    "\(path) reaches \(workload.lastPathPart) and no other", reached == [workload],
                    seen: reached.isEmpty ? "in no log" : reached.joined(separator: ", ")))
        }
        return claims
    }
}
