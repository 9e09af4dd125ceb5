import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import CheckCore
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission

/// Every operator on a small file that has room for it.
@Suite("A mutation operator")
struct MutationOperatorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let mutation: String
        let kind: MutationKind
        let text: String
        let mutants: [String]
        var testDescription: String { "\(mutation) in \(kind.rawValue)" }

        init(_ mutation: String, _ kind: MutationKind, _ text: String, _ mutants: String...) {
            self.mutation = mutation
            self.kind = kind
            self.text = text
            self.mutants = mutants
        }

        var source: MutationSource {
            let syntax: ArtifactSyntax =
                switch kind {
                case .terraform: .hcl
                case .shell: .shell
                case .python: .python
                case .containerfile: .other
                default: .yaml
                }
            return MutationSource(path: "a", kind: kind, syntax: syntax, text: text)
        }

        func found() throws -> [Mutant] {
            try #require(MutationOperator.all.first { $0.name == mutation }).mutants(of: source)
        }
    }

    static let cases = [
        Case("encryption-off", .terraform, "a {\n  encrypted = true\n}\n", "a {\n  encrypted = false\n}\n"),
        Case("own-key-dropped", .terraform, "a {\n  kms_key_id = b.c\n  d = 1\n}\n", "a {\n  d = 1\n}\n"),
        Case(
            "ingress-widened", .cloudformation, "a:\n  SourceSecurityGroupId: !Ref B\n", "a:\n  CidrIp: 0.0.0.0/0\n"),
        Case("made-public", .cloudformation, "a:\n  BlockPublicAcls: true\n", "a:\n  BlockPublicAcls: false\n"),
        Case(
            "condition-dropped", .terraform, "a = {\n  b = 1\n  Condition = {\n    c = 2\n  }\n}\n",
            "a = {\n  b = 1\n}\n"),
        Case("condition-negated", .cloudformation, "a:\n  StringEquals: b\n", "a:\n  StringNotEquals: b\n"),
        Case("validation-dropped", .terraform, "a {\n  validation {\n    b = 1\n  }\n}\n", "a {\n}\n"),
        Case("account-unquoted", .terraform, "a = \"001234567890\"\n", "a = 001234567890\n"),
        Case(
            "wildcard-action", .terraform, "a = [\"s3:GetObject\", \"aws:SourceArn\"]\n",
            "a = [\"s3:*\", \"aws:SourceArn\"]\n"),
        Case(
            "wildcard-resource", .terraform, "a = { b = 1\n  Resource = c.arn\n}\n",
            "a = { b = 1\n  Resource = \"*\"\n}\n"),
        Case("effect-inverted", .cloudformation, "a:\n  Effect: Deny\n", "a:\n  Effect: Allow\n"),
        Case("alarm-inverted", .terraform, "a = \"GreaterThanThreshold\"\n", "a = \"LessThanThreshold\"\n"),
        Case(
            "silence-inverted", .cloudformation, "a:\n  TreatMissingData: breaching\n",
            "a:\n  TreatMissingData: notBreaching\n"),
        Case("dependency-removed", .cloudformation, "a:\n  b: 1\n  DependsOn:\n    - c\n", "a:\n  b: 1\n"),
        Case(
            "safeguard-off", .terraform, "a {\n  http_tokens = \"required\"\n}\n",
            "a {\n  http_tokens = \"optional\"\n}\n"),
        Case("port-shifted", .kubernetes, "a:\n  port: 80\n", "a:\n  port: 81\n"),
        Case("probe-removed", .kubernetes, "a:\n  livenessProbe:\n    b: 1\n  c: 2\n", "a:\n  c: 2\n"),
        Case("unit-lost", .kubernetes, "a:\n  memory: 64Mi\n", "a:\n  memory: 64m\n"),
        Case("run-as-root", .kubernetes, "a:\n  runAsUser: 1000\n", "a:\n  runAsUser: 0\n"),
        Case("verb-widened", .kubernetes, "a:\n  verbs: [get, list]\n", "a:\n  verbs: [\"*\"]\n"),
        Case("key-misspelt", .kubernetes, "a:\n  replicas: 1\n", "a:\n  replicsa: 1\n"),
        Case("indentation-shifted", .kubernetes, "a:\n  b:\n    cd: 1\n", "a:\nb:\n    cd: 1\n", "a:\n  b:\n  cd: 1\n"),
        Case("quotes-dropped", .shell, "rm \"$1a\" \"$file\"\n", "rm \"$1a\" $file\n"),
        Case(
            "errors-ignored", .shell, "set -euo pipefail\n", "set -uo pipefail\n", "set -eu\n", "set -eo pipefail\n", ""
        ),
        Case("exit-code-lost", .shell, "exit 2\ncat <<TEXT\nexit 3\nTEXT\n", "exit 0\ncat <<TEXT\nexit 3\nTEXT\n"),
        Case("failure-swallowed", .shell, "a || fail 'b'\n", "a || true\n"),
        Case("arguments-swapped", .shell, "mv \"$a\" \"$b\"\n", "mv \"$b\" \"$a\"\n"),
        Case("base-unpinned", .containerfile, "FROM a:1@sha256:\(String(repeating: "0", count: 64))\n", "FROM a:1\n"),
        Case("user-root", .containerfile, "FROM a\nUSER 10001\n", "FROM a\nUSER 0\n", "FROM a\n"),
        Case("stage-unordered", .pipeline, "jobs:\n  b:\n    needs: [a]\n    c: 1\n", "jobs:\n  b:\n    c: 1\n"),
        Case(
            "approval-dropped", .pipeline, "jobs:\n  b:\n    environment: live\n    c: 1\n", "jobs:\n  b:\n    c: 1\n"),
        Case("permission-widened", .pipeline, "a:\n  contents: read\n", "a:\n  contents: write\n"),
        Case("threshold-inverted", .alerts, "a:\n  expr: b > 5\n", "a:\n  expr: b < 5\n"),
        Case("for-dropped", .alerts, "a:\n  expr: b\n  for: 5m\n", "a:\n  expr: b\n"),
        Case("comparison-shifted", .python, "if a < b :\n    pass\n", "if a >= b :\n    pass\n"),
        Case("refusal-dropped", .python, "def a():\n    raise Refused(\"b\")\n", "def a():\n    pass\n"),
    ]

    @Test("makes its mistake once in each mutant", arguments: cases)
    func makesItsMistake(_ testCase: Case) throws {
        let results = try testCase.found().map { try $0.applied(to: testCase.text) }
        #expect(Set(results).isSuperset(of: testCase.mutants) && results.count == testCase.mutants.count, "\(results)")
    }

    @Test("does not change comments", arguments: cases)
    func leavesComments(_ testCase: Case) throws {
        let commented = testCase.text.lines.map { "# \($0)" }.joined(separator: "\n")
        let source = MutationSource(
            path: "a", kind: testCase.kind, syntax: testCase.source.syntax, text: commented)
        #expect(try #require(MutationOperator.all.first { $0.name == testCase.mutation }).mutants(of: source) == [])
    }

    @Test("has a unique name, and makes invalid syntax only on purpose")
    func namesAndSyntax() async throws {
        #expect(Set(MutationOperator.all.map(\.name)).count == MutationOperator.all.count)
        let broken = Case("account-unquoted", .terraform, "a = { \"001234567890\" = {\n").source
        #expect(MutationOperator.all.allSatisfy { $0.breaksSyntax || $0.mutants(of: broken) == [] })
    }

    @Test("rejects a text that differs from its source")
    func otherText() throws {
        let mutant = try #require(try Self.cases[0].found().first)
        #expect(throws: HarnessError.self) { try mutant.applied(to: "a {\n  encrypted = false\n}\n") }
    }
}
