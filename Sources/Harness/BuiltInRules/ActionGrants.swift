import CheckCore
import DocumentModels
import Foundation
import HarnessSupport

/// A policy grants exactly the AWS actions that its script or state machine calls.
///
/// The policy of `scripts/NAME.sh` is `scripts/policies/NAME.json`. That of `NAME.asl.json` or `NAME.asl.yaml` in a Terraform module is the
/// local value `NAME_policy` of the module.
struct ActionGrants: Check {
    let name = "action-grants"
    let summary = "a policy grants exactly the actions that the code calls"

    func subjects(in repository: Repository) -> [Subject] {
        let scripts = repository.artifacts(of: .shell).filter { $0.folder.lastPathPart == "scripts" }.map { script in
            Subject(
                path: script.path,
                inputs: [script.path, Self.policy(ofScript: script.path)] + sourced(script.path, repository))
        }
        let machines = repository.artifacts.filter { Self.isMachine($0.path) }.map { machine in
            Subject(
                path: machine.path,
                inputs: [machine.path]
                    + repository.artifacts(of: .terraform).map(\.path).filter { $0.parentPath == machine.folder })
        }
        return scripts + machines
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let repository = context.repository
        return subjects.flatMap { subject -> [Finding] in
            let isMachine = Self.isMachine(subject.path)
            let calls =
                isMachine ? calls(inMachine: subject.path, repository) : calls(inScript: subject.path, repository)
            let (policy, grants) = isMachine ? machineGrants(subject, repository) : scriptGrants(subject, repository)
            guard let grants else {
                return calls.isEmpty
                    ? []
                    : [
                        Finding(
                            rule: "\(name)/no-policy", path: subject.path,
                            message: "calls AWS, but the policy \(policy) does not exist",
                            remedy:
                                "grant \(Set(calls.map(\.action)).subtracting(IAMAction.free).sorted().joined(separator: ", "))"
                        )
                    ]
            }
            return compare(calls, grants, subject: subject.path, policy: policy, isMachine: isMachine)
        }
    }

    private struct Use {
        let action: String
        let line: Int
    }

    private struct Grant {
        let action: String
        let path: String
        let line: Int
    }

    private func compare(
        _ calls: [Use], _ grants: [Grant], subject: String, policy: String, isMachine: Bool
    ) -> [Finding] {
        let called = Set(calls.map(\.action))
        func covers(_ pattern: String, _ action: String) -> Bool {
            Wildcard.matches(pattern, action, ignoringCase: true)
        }
        var seen: Set<String> = []
        let missing = calls.filter { call in
            !IAMAction.free.contains(call.action) && !grants.contains { covers($0.action, call.action) }
                && seen.insert(call.action).inserted
        }.map {
            Finding(
                rule: "\(name)/missing", path: subject, line: $0.line,
                message: "calls \($0.action), which \(policy) does not grant", remedy: "grant it in that policy")
        }
        let unused = grants.filter { grant in
            !called.contains(grant.action.lowercased())
                && !IAMAction.isImplied(grant.action.lowercased(), by: called, inStateMachine: isMachine)
        }.map {
            Finding(
                rule: "\(name)/unused", severity: .warning, path: $0.path, line: $0.line,
                message: "grants \($0.action), which \(subject) does not call",
                remedy: $0.action.contains("*") ? "list the actions that it calls" : "remove the grant")
        }
        return missing + unused
    }

    // MARK: Scripts

    private static func policy(ofScript path: String) -> String {
        let name = path.lastPathPart.split(separator: ".").first.map(String.init) ?? path.lastPathPart
        return path.parentPath.appendingPath("policies/\(name).json")
    }

    private func sourced(_ script: String, _ repository: Repository) -> [String] {
        (repository.text(of: script) ?? "").lines.filter { $0.contains("source ") }.compactMap { line in
            String(line).firstMatch(of: /source "\$\(dirname "\$0"\)\/([^"]+)"/).flatMap {
                script.parentPath.appendingPath(String($0.1)).normalizedPath
            }
        }
    }

    private func calls(inScript path: String, _ repository: Repository) -> [Use] {
        let texts = ([path] + sourced(path, repository)).compactMap { repository.text(of: $0) }.map(ShellScript.init)
        var commands: Set<String> = ["aws"]
        // One function may call the next.
        for _ in 0..<3 { for text in texts { commands.formUnion(text.wrappers(of: commands)) } }
        return texts.prefix(1).flatMap { $0.calls(of: commands) }.compactMap { call in
            guard call.words.count >= 2 else { return nil }
            return Use(action: IAMAction.of(call.words[0], call.words[1]), line: call.line)
        }
    }

    private func scriptGrants(_ subject: Subject, _ repository: Repository) -> (String, [Grant]?) {
        let path = Self.policy(ofScript: subject.path)
        return (path, repository.text(of: path).map { grants(in: $0, path: path, from: 1) })
    }

    // MARK: State machines

    /// A distributed map writes its results with multipart uploads.
    /// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    private static let resultWriter = [
        "s3:putobject", "s3:getobject", "s3:listmultipartuploadparts", "s3:abortmultipartupload",
    ]

    private static func isMachine(_ path: String) -> Bool { path.hasSuffix(".asl.json") || path.hasSuffix(".asl.yaml") }

    private func calls(inMachine path: String, _ repository: Repository) -> [Use] {
        (repository.text(of: path) ?? "").lines.enumerated().flatMap { index, line -> [Use] in
            // A distributed map starts a child execution for each batch of items.
            if line.contains("\"DISTRIBUTED\"") { return [Use(action: "states:startexecution", line: index + 1)] }
            if line.contains("ResultWriter") {
                return Self.resultWriter.map { Use(action: $0, line: index + 1) }
            }
            let call = String(line).firstMatch(of: /"arn:aws:states:::(?:aws-sdk:)?([a-z0-9]+):([A-Za-z0-9]+)/)
            return call.map { [Use(action: IAMAction.of(String($0.1), String($0.2)), line: index + 1)] } ?? []
        }
    }

    private func machineGrants(_ subject: Subject, _ repository: Repository) -> (String, [Grant]?) {
        let name = (subject.path.lastPathPart.split(separator: ".").first.map(String.init) ?? "") + "_policy"
        for path in subject.inputs.dropFirst() {
            guard let body = repository.hcl(path) else { continue }
            let locals = body.blocks("locals").flatMap(\.body.attributes)
            guard let policy = locals.first(where: { $0.name == name }) else { continue }
            return ("local.\(name)", grants(in: policy.expression, path: path, from: policy.line))
        }
        return ("local.\(name)", nil)
    }

    /// Every quoted `service:Action` after the word Action; resources and conditions hold none.
    private func grants(in text: String, path: String, from first: Int) -> [Grant] {
        var isAction = false
        return text.lines.enumerated().flatMap { index, line -> [Grant] in
            let line = String(line)
            if let key = line.firstMatch(of: /^\s*(?:"([A-Za-z]+)"\s*:|([A-Za-z]+)\s*=)/) {
                isAction = (key.1 ?? key.2) == "Action"
            }
            guard isAction else { return [] }
            return line.matches(of: /"([a-z0-9-]+:[A-Za-z0-9*]+)"/).map {
                Grant(action: String($0.1), path: path, line: first + index)
            }
        }
    }

    var explanations: [String: String] {
        [
            "missing":
                "The code calls an AWS action that its policy does not grant. The call fails with AccessDenied at run time.",
            "no-policy":
                "A script calls AWS, but no policy file says which actions it needs. Reviewers cannot grant least privilege without the list.",
            "unused":
                "The policy grants an action that the code never calls. Unused rights are what an attacker gains.",
        ]
    }

    var examples: [Example] {
        let script = "#!/usr/bin/env bash\nif ! aws iam get-user --user-name \"$1\"; then\n  exit 1\nfi\n"
        func policy(_ actions: String) -> String {
            "{\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\n        \(actions)\n      ],\n      \"Resource\": \"*\"\n    }\n  ]\n}\n"
        }
        func module(_ actions: String) -> [String: String] {
            [
                "a/run.asl.json": "{\n  \"Resource\": \"arn:aws:states:::aws-sdk:ssm:getParameter\"\n}\n",
                "a/main.tf":
                    "locals {\n  run_policy = jsonencode({\n    Statement = [{\n      Action = [\(actions)]\n      Resource = \"*\"\n    }]\n  })\n}\n",
            ]
        }
        return [
            .sound(
                "a script and its policy",
                ["scripts/a.sh": script, "scripts/policies/a.json": policy("\"iam:GetUser\"")]),
            .sound("a script that calls nothing of AWS", ["scripts/a.sh": "#!/bin/sh\necho aws iam get-user\n"]),
            .sound("a state machine and its policy", module("\"ssm:GetParameter\", \"xray:PutTraceSegments\"")),
            .broken(
                "a state machine in YAML that may not do what it does",
                [
                    "a/run.asl.yaml": "Resource: \"arn:aws:states:::aws-sdk:ssm:getParameter\"\n",
                    "a/main.tf": module("\"ssm:PutParameter\"")["a/main.tf"]!,
                ], triggers: "missing", "unused"),
            .broken(
                "a distributed map that may not send its results in parts",
                [
                    "a/run.asl.yaml":
                        "Mode: \"DISTRIBUTED\"\nResultWriter:\n  Resource: \"arn:aws:states:::s3:putObject\"\n",
                    "a/main.tf": module("\"states:StartExecution\", \"s3:PutObject\", \"s3:GetObject\"")["a/main.tf"]!,
                ], triggers: "missing"),
            .broken(
                "a call through a function that the policy does not grant",
                [
                    "scripts/a.sh":
                        "#!/usr/bin/env bash\ncall() {\n  aws \"$@\" 2>/dev/null\n}\ncall iam delete-user --user-name \"$1\"\n",
                    "scripts/policies/a.json": policy("\"iam:GetUser\""),
                ], triggers: "missing", "unused"),
            .broken("a script without a policy", ["scripts/a.sh": script], triggers: "no-policy"),
            .broken(
                "a grant that nothing uses",
                ["scripts/a.sh": script, "scripts/policies/a.json": policy("\"iam:GetUser\", \"iam:DeleteUser\"")],
                triggers: "unused"),
            .broken(
                "a wildcard in place of the action that is called",
                ["scripts/a.sh": script, "scripts/policies/a.json": policy("\"iam:Get*\"")], triggers: "unused"),
            .broken(
                "a state that may not do what it does", module("\"ssm:PutParameter\""), triggers: "missing", "unused"),
        ]
    }
}
