import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Runs trivy on staged files and returns its findings.
struct Trivy: Sendable {
    let rule: String
    let context: CheckContext

    /// Scans `folder` with one of trivy's scanners. Paths in the findings are relative to it.
    func scan(_ folder: String, scanner: String) async throws -> [Finding] {
        let output = try await Command(
            try await context.path(of: .trivy),
            [
                "fs", "--scanners", scanner, "--format", "json", "--quiet", "--skip-check-update",
                "--skip-version-check",
                // The default timeout of five minutes is too short for thousands of objects on a busy machine.
                "--timeout", "24h", "--offline-scan", "--disable-telemetry", "--cache-dir",
                context.toolbox.home.downloads.appendingPath("trivy"), ".",
            ],
            environment: ["TRIVY_CONFIG": nil, "TRIVY_IGNOREFILE": nil], folder: folder
        ).run()
        guard output.isSuccess else { throw HarnessError("trivy: \(output.lastLine)") }
        guard let report = JSONValue(parsing: output.stdout) else { throw HarnessError("trivy: no report") }
        return (report["Results"]?.array ?? []).flatMap { result in
            let path = result["Target"]?.string ?? ""
            return (result["Misconfigurations"]?.array ?? []).map { misconfiguration($0, path: path) }
                + (result["Secrets"]?.array ?? []).map { secret($0, path: path) }
        }
    }

    /// Rules whose findings are wrong in any code: public access, an exposed secret, or a broken build. trivy's
    /// severity rates the risk, and many critical findings are design choices, such as an AKS API without authorized
    /// ranges.
    private static let errors: Set = [
        // SSH and RDP from everywhere; keys in user data and task definitions; a trail's public bucket; root's keys.
        "AWS-0107", "AWS-0029", "AWS-0129", "AWS-0036", "AWS-0161", "AWS-0141", "AZU-0048", "AZU-0050",
        // Builds that fail or silently ignore instructions; see the Dockerfile reference.
        "DS-0006", "DS-0008", "DS-0011", "DS-0012",
        // Rights for unauthenticated users, and for a group that no policy can restrict.
        "KSV-0122", "KSV-0123",
    ]

    private func misconfiguration(_ item: JSONValue, path: String) -> Finding {
        let line = item["CauseMetadata"]?["StartLine"]?.int ?? 0
        return Finding(
            rule: "\(rule)/\(item["ID"]?.string ?? "?")",
            severity: Self.errors.contains(item["ID"]?.string ?? "") ? .error : .warning,
            path: path, line: line > 0 ? line : nil,
            message: [item["Title"], item["Message"]].compactMap { $0?.string }.joined(separator: ": "),
            remedy: item["Resolution"]?.string)
    }

    private func secret(_ item: JSONValue, path: String) -> Finding {
        Finding(
            rule: "\(rule)/\(item["RuleID"]?.string ?? "?")", path: path, line: item["StartLine"]?.int,
            message: "\(item["Title"]?.string ?? "a secret") stands here in clear",
            remedy: "revoke it, remove it from the history, and read it from a secret store")
    }
}

/// trivy's misconfiguration rules: open doors are errors, the others advice on hardening.
struct TrivyConfiguration: Check {
    let name = "trivy-config"
    let summary = "infrastructure code follows trivy's hardening rules"
    let rulePages: String? = "https://avd.aquasec.com/misconfig/rule"
    let advice = Advice.rules(
        "AWS-0012", "AWS-0040", "AWS-0047", "AWS-0054", "AWS-0067", "AWS-0102", "AWS-0104", "DS-0010")
    let tools = [Tool.trivy]
    let weight = 2.5

    /// A module that others call is scanned through its callers, because its own code lacks the actual values.
    func subjects(in repository: Repository) -> [Subject] {
        let modules = repository.terraformModules
        let called = Set(modules.values.flatMap(\.calls))
        return modules.keys.filter { !called.contains($0) }.sorted().map {
            Subject(path: $0, inputs: modules.files(of: $0))
        } + repository.artifacts(of: .containerfile, .cloudFormation).map { Subject(file: $0.path) }
    }

    /// Each subject has its own folder, so that trivy scans a module independently of other staged modules.
    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        try await context.withStage([]) { stage in
            for (index, subject) in subjects.enumerated() {
                // `terraform-fmt` reports it.
                let isUnreadable = subject.inputs.contains {
                    $0.hasSuffix(".tf")
                        && TerraformCall.unreadable($0, in: context.repository, rule: name)?.rule == "\(name)/depth"
                }
                if isUnreadable { continue }
                try context.stage(subject.inputs, in: stage.appendingPath("\(index)"))
            }
            return try await Trivy(rule: name, context: context).scan(stage, scanner: "misconfig").compactMap {
                finding in
                guard let slash = finding.path.firstIndex(of: "/") else { return nil }
                var finding = finding
                finding.path = String(finding.path[finding.path.index(after: slash)...])
                return finding
            }
        }
    }

    var examples: [Example] {
        [
            .sound(
                "a log group with a key",
                [
                    "main.tf":
                        "resource \"aws_kms_key\" \"logs\" {\n  enable_key_rotation = true\n}\n\nresource \"aws_cloudwatch_log_group\" \"logs\" {\n  name       = \"logs\"\n  kms_key_id = aws_kms_key.logs.arn\n}\n"
                ]),
            .broken(
                "a log group without a key",
                ["main.tf": "resource \"aws_cloudwatch_log_group\" \"logs\" {\n  name = \"logs\"\n}\n"],
                triggers: "AWS-0017"),
            .broken(
                "a port open to the world",
                [
                    "main.tf":
                        "resource \"aws_security_group_rule\" \"ssh\" {\n  type              = \"ingress\"\n  description       = \"SSH\"\n  from_port         = 22\n  to_port           = 22\n  protocol          = \"tcp\"\n  security_group_id = \"sg-1\"\n  cidr_blocks       = [\"0.0.0.0/0\"]\n}\n"
                ], triggers: "AWS-0107"),
        ]
    }
}

/// Runs trivy's secret scanner on every text file.
struct TrivySecrets: Check {
    let name = "trivy-secret"
    let summary = "no file holds a secret in clear"
    let rulePages: String? = "https://trivy.dev/latest/docs/scanner/secret/"
    let tools = [Tool.trivy]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts.filter { $0.kind != .binary }.map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        try await context.withStage(subjects.map(\.path)) { stage in
            try await Trivy(rule: name, context: context).scan(stage, scanner: "secret")
        }
    }

    var examples: [Example] {
        // Concatenated, so that this file itself contains no secret pattern.
        let key = "AKIA" + "Z5RQ4BNMWP7XKD2H"
        return [
            .sound("a documented example of an address", ["a.sh": "curl https://example.com\n"]),
            .broken(
                "an access key in a script", ["a.sh": "export AWS_ACCESS_KEY_ID=\(key)\n"],
                triggers: "aws-access-key-id"),
        ]
    }
}
