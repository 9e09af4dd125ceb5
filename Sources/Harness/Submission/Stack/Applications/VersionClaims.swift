import Foundation
import HarnessSupport

/// The version that answers each path, read from the logs of all versions.
struct VersionClaims: Sendable {
    let visits: VisitVerification
    /// The output of all containers of a workload, by `namespace/name`.
    let logs: @Sendable (_ workload: String) async throws -> String

    struct Version: Sendable {
        let path: String
        /// The workload that must answer.
        let workload: String
        let name: Assertion.Name
    }

    static let versions = [
        Version(
            path: "/service/a/v1", workload: "claims/claims-v1",
            name: .init(id: "claims-v1-route", "/service/a/v1 reaches claims-v1 only")),
        Version(
            path: "/service/a/v2", workload: "claims/claims-v2",
            name: .init(id: "claims-v2-route", "/service/a/v2 reaches claims-v2 only")),
        Version(
            path: "/service/b/v1", workload: "report/report-v1",
            name: .init(id: "report-v1-route", "/service/b/v1 reaches report-v1 only")),
        Version(
            path: "/service/b/v2", workload: "report/report-v2",
            name: .init(id: "report-v2-route", "/service/b/v2 reaches report-v2 only")),
    ]

    func all() async throws -> [Assertion] {
        var claims: [Assertion] = []
        for version in Self.versions {
            // Version 1 needs the supplied models.
            if version.workload == "claims/claims-v1", case .failure(let skipped) = visits.supplied {
                claims.append(Assertion(version.name, skipped: skipped.reason))
                continue
            }
            let mark = UUID().uuidString.lowercased()
            // The claims model logs the request's id, the report its path.
            if version.path.hasPrefix("/service/a/") {
                _ = await visits.visit("\(version.path)/score", body: "@\(visits.example)", requestID: mark)
            } else {
                _ = await visits.visit("\(version.path)/\(mark)")
            }
            var reached: [String] = []
            let end = ContinuousClock.now + .seconds(5)
            repeat {
                try await Task.sleep(for: .milliseconds(100))
                for other in Self.versions where try await logs(other.workload).contains(mark) {
                    reached.append(other.workload)
                }
            } while reached.isEmpty && ContinuousClock.now < end
            claims.append(
                Assertion(
                    version.name, reached == [version.workload],
                    seen: reached.isEmpty ? "in no log" : reached.joined(separator: ", ")))
        }
        return claims
    }
}
