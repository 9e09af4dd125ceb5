import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCommands
@testable import CheckCore
@testable import CheckEngine
@testable import DeliveryModel
@testable import KubernetesModel
@testable import Submission
@testable import ToolChecks
@testable import Tooling

/// Repositories that nobody here wrote: what is certainly wrong there is an error, and what may have its reasons advice.
@Suite("In a third-party repository")
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

    private static func policy(_ name: String, _ selector: String) -> [String: String] {
        SampleApplication.adding(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: \(name), namespace: shop}\nspec: {podSelector: {matchLabels: {\(selector)}}}\n",
            as: "k8s/second.yaml")
    }

    private static func set(service: String) -> [String: String] {
        SampleApplication.adding(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: store, namespace: shop}\nspec:\n  serviceName: \(service)\n  selector: {matchLabels: {app: store}}\n  template:\n    metadata: {labels: {app: store}}\n    spec: {containers: [{name: store, image: store}]}\n",
            as: "k8s/store.yaml")
    }

    private static func manifest(_ field: String) -> [String: String] {
        ["a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n\(field)\n"]
    }

    private static func dashboard(_ query: String) -> [String: String] {
        ["a.json": "{\"schemaVersion\": 39, \"panels\": [{\"title\": \"a\", \"targets\": [{\"expr\": \"\(query)\"}]}]}"]
    }

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
            "what has yet to be filled in", ObjectNames(),
            manifest("data: {a: b}").mapValues {
                $0.replacing("name: a", with: "name: app-${cluster}, labels: {app: \"{{ name }}\"}")
            }),
        Case(
            "a name that none can be", ObjectNames(),
            ["a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a_b}\n"], errors: "k8s-names/name"),
        Case(
            "a word of a field that has another meaning elsewhere", Enumerations(),
            SampleApplication.with(
                "containerPort: 8080",
                "containerPort: 8080\n          resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]",
                in: "deployment")),
        Case("a policy for the pods of an operator", Selectors(), policy("broker", "app: broker")),
        Case(
            "a misspelt policy of pods that are kept", Selectors(), policy("shop", "app: shops"),
            errors: "k8s-selectors/nothing"),
        Case("a file that is only long", YAMLSyntax(), ["a.yaml": "[\(String(repeating: "1,", count: 2_000_001))]\n"]),
        Case(
            "a policy that allows every way out", NetworkReach(), SampleApplication.adding(policy, as: "k8s/open.yaml")),
        Case(
            "no table of routes beside Alertmanager's configuration", AlertRoutes(),
            ["alertmanager.yaml": "route: {receiver: a}\nreceivers: [{name: a}]\n"]),
        Case(
            "a receiver that does not exist", AlertRoutes(),
            ["alertmanager.yaml": "route: {receiver: b}\nreceivers: [{name: a}]\n"], errors: "alert-routes/config"),
        Case(
            "the event of a macro", CfnLint(),
            ["event.json": "{\"fragment\": {\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Resources\": {}}}"]),
        Case("what tests are given", JSONSyntax(), ["a/testdata/x/a.json": "{"]),
        Case("malformed JSON elsewhere", JSONSyntax(), ["a/data/a.json": "{"], errors: "json/syntax"),
        Case("a StatefulSet whose pods nobody asks for by name", References(), set(service: "store")),
        Case(
            "a StatefulSet at another's Service", References(), set(service: "stores"), errors: "k8s-references/missing"
        ),
        Case(
            "a field that Kubernetes' newest version leaves away", KubernetesSchema(),
            [
                "a.yaml":
                    "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}\n"
            ]),
        Case("a field that is left empty", KubernetesSchema(), manifest("data:")),
        Case(
            "a field of another type", KubernetesSchema(), manifest("data: [a]"), errors: "kubernetes-schema/type"),
        Case(
            "an input of who starts the workflow in a command", Zizmor(),
            SampleWorkflow.with("run: ci/test.sh", "run: echo \"${{ inputs.version }}\"")),
        Case(
            "a stranger's words in a command", Zizmor(),
            SampleWorkflow.with("run: ci/test.sh", "run: echo \"${{ github.event.issue.title }}\""),
            errors: "zizmor/template-injection"),
        Case(
            "a property that act does not know yet", Act(),
            SampleWorkflow.with("    timeout-minutes:", "    newer: true\n    timeout-minutes:")),
        Case(
            "an expression that no runner reads", Act(),
            SampleWorkflow.with("run: ci/test.sh", "run: echo \"${{ githup.ref }}\""), errors: "act/invalid"),
        Case(
            "arguments on the lines below, a comment, and a folder outside", Workflow(),
            SampleWorkflow.with(
                "run: ci/test.sh",
                "run: |\n          # docs/a/b is (docs/c/d)\n          git diff -- \\\n            docs/none/a.yml \\\n            docs/none/b.yml\n      - working-directory: /home/runner\n        run: ci/none.sh"
            )),
        Case(
            "a command on the line below", Workflow(),
            SampleWorkflow.with("run: ci/test.sh", "run: |\n          true && \\\n            ci/none.sh"),
            errors: "workflow/script"),
        Case("a window that Grafana fills in", DashboardQueries(), dashboard("rate(a[$interval])")),
        Case(
            "a window without its unit", DashboardQueries(), dashboard("rate(a[5])"), errors: "dashboard-queries/parse"),
        Case(
            "an anchor as MkDocs makes it", MarkdownLinks(),
            ["mkdocs.yml": "site_name: a\n", "a.md": "# A / B ?\n\n[b](#a-b) [c](#:~:text=b) [d]({{ .url }})\n"]),
        Case(
            "the same anchor on GitHub", MarkdownLinks(), ["a.md": "# A / B ?\n\n[b](#a-b)\n"],
            errors: "markdown-links/missing-anchor"),
    ]

    @Test("only certain mistakes are errors", arguments: cases)
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
