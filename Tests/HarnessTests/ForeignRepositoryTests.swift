import TestSupport
import Testing

@testable import Harness

/// Repositories that nobody here wrote: what is certainly wrong there is an error, and what may have its reasons advice.
@Suite("In a repository of others")
struct ForeignRepositoryTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: any Check
        let files: [String: String]
        let errors: Set<String>

        init(_ name: String, _ check: any Check, _ files: [String: String], errors: String...) {
            (testDescription, self.check, self.files, self.errors) = (name, check, files, Set(errors))
        }
    }

    private static func service(_ name: String, _ selector: String, port: String) -> [String: String] {
        SampleApplication.adding(
            "apiVersion: v1\nkind: Service\nmetadata: {name: \(name), namespace: shop}\nspec:\n  selector: {\(selector)}\n  ports: [{port: 80, targetPort: \(port)}]\n",
            as: "k8s/second.yaml")
    }

    private static let policy = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: open, namespace: shop}
        spec: {podSelector: {}, egress: [{}]}

        """

    static let cases: [Case] = [
        Case("pods that a chart brings", Selectors(), service("exporter", "app: exporter", port: "9400")),
        Case(
            "a misspelt selector of the pods' own Service", Selectors(), service("shop", "app: shops", port: "9400"),
            errors: "k8s-selectors/nothing"),
        Case(
            "one wrong label among two", Selectors(), service("front", "app: shop, tier: front", port: "9400"),
            errors: "k8s-selectors/nothing"),
        Case(
            "a misspelt selector of the only Service of a port", Selectors(),
            SampleApplication.with("  name: shop\n", "  name: front\n", in: "service").merging([
                "k8s/service.yaml": (SampleApplication.files["k8s/service.yaml"] ?? "")
                    .replacing("  name: shop\n", with: "  name: front\n").replacing("app: shop", with: "app: shops")
            ]) { $1 }, errors: "k8s-selectors/nothing"),
        Case(
            "a policy that allows every way out", NetworkReach(), SampleApplication.adding(policy, as: "k8s/open.yaml")),
        Case(
            "no table of routes beside Alertmanager's configuration", AlertRoutes(),
            ["alertmanager.yaml": "route: {receiver: a}\nreceivers: [{name: a}]\n"]),
        Case(
            "a receiver that there is not", AlertRoutes(),
            ["alertmanager.yaml": "route: {receiver: b}\nreceivers: [{name: a}]\n"], errors: "alert-routes/config"),
        Case(
            "the event of a macro", CfnLint(),
            ["event.json": "{\"fragment\": {\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Resources\": {}}}"]),
    ]

    @Test("an error is what is certainly wrong", arguments: cases)
    func errors(_ testCase: Case) async throws {
        try await withScratch { folder in
            try write(testCase.files, to: folder)
            let repository = try await Discovery.repository(at: folder)
            let toolbox = Toolbox(home: Project.home)
            let report = try await Runner(repository: repository, toolbox: toolbox, checks: [testCase.check]).run()
            await toolbox.shutDown()
            if let reason = report.outcomes.first(where: { $0.verdict == .skipped })?.skipped { try skip(reason) }
            let errors = Set(report.findings.filter { $0.severity == .error }.map(\.rule))
            #expect(errors == testCase.errors, "\(report.findings)")
        }
    }
}
