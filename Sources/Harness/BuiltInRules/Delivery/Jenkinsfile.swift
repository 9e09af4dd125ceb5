import CheckCore
import DeliveryModel
import HarnessSupport

/// Checks a Jenkinsfile without Jenkins: it calls the scripts of the workflow in the same order, and it asks for
/// approval before production. Only Jenkins can validate the syntax (`/pipeline-model-converter/validate`).
struct Jenkinsfile: Check {
    let name = "jenkinsfile"
    let summary = "a Jenkinsfile runs the same scripts as the workflow, in the same order"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .jenkinsfile).map { file in
            let calls = Self.calls(file.path, repository).map(\.path)
            let workflows = repository.artifacts(of: .githubWorkflow).map(\.path)
            return Subject(path: file.path, inputs: [file.path] + workflows + Set(calls).sorted())
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let repository = context.repository
            let lines = (repository.text(of: subject.path) ?? "").lines.map(String.init)
            let calls = Self.calls(subject.path, repository)
            var findings: [Finding] = []
            for call in calls {
                guard let problem = call.problem(in: repository, amid: lines.joined(separator: "\n")) else { continue }
                findings.append(finding(problem.rule, subject, call.line, problem.message, problem.remedy))
            }
            findings += order(calls, subject, repository)
            findings += approval(calls, lines, subject)
            findings += braces(lines, subject)
            findings += secrets(lines, subject)
            return findings
        }
    }

    private func finding(_ rule: String, _ subject: Subject, _ line: Int?, _ message: String, _ remedy: String)
        -> Finding
    {
        Finding(rule: "\(name)/\(rule)", path: subject.path, line: line, message: message, remedy: remedy)
    }

    /// `dir('…')` sets the working folder of all stages.
    private static func calls(_ path: String, _ repository: Repository) -> [ScriptCall] {
        let text = repository.text(of: path) ?? ""
        let folder = text.firstMatch(of: /\bdir\(\s*['"]([^'"]+)['"]\s*\)/).map { String($0.1) } ?? ""
        return ScriptCall.all(in: text, folder: folder, line: 1).filter { $0.path.hasSuffix(".sh") }
    }

    private func order(_ calls: [ScriptCall], _ subject: Subject, _ repository: Repository) -> [Finding] {
        let own = calls.map(\.title)
        let paths = Set(calls.map(\.path))
        let workflows = repository.artifacts(of: .githubWorkflow).map(\.path)
            .filter { $0 == ".github/workflows/\($0.lastPathPart)" }.compactMap { WorkflowFile($0, in: repository) }
        func shared(_ workflow: WorkflowFile) -> Int { workflow.calls.filter { paths.contains($0.path) }.count }
        let workflow = workflows.max { shared($0) < shared($1) }
        guard let workflow, !paths.isDisjoint(with: workflow.calls.map(\.path)) else { return [] }
        let wanted = workflow.calls.map(\.title)
        guard own != wanted else { return waiting(calls, workflow, subject) }
        let same = zip(own, wanted).prefix { $0 == $1 }.count
        let here = same < own.count ? own[same] : "missing"
        let there = same < wanted.count ? wanted[same] : "not there"
        return [
            finding(
                "order", subject, same < calls.count ? calls[same].line : calls.last?.line,
                "step \(same + 1) runs \(here), but \(workflow.path) runs \(there)", "run the same script in both")
        ]
    }

    /// Jobs without `needs` between them run in parallel, whatever their order in the file.
    private func waiting(_ calls: [ScriptCall], _ workflow: WorkflowFile, _ subject: Subject) -> [Finding] {
        let jobs = calls.map { call in workflow.jobs.first { $0.calls.contains { $0.title == call.title } } }
        return zip(zip(jobs, jobs.dropFirst()), calls.dropFirst()).compactMap { pair, call in
            guard let first = pair.0, let then = pair.1, first.id != then.id,
                !workflow.before(then).contains(where: { $0.id == first.id })
            else { return nil }
            return finding(
                "order", subject, call.line,
                "\(call.title) comes after \(first.id) here; in \(workflow.path) it does not wait for it",
                "add \(first.id) to its needs")
        }
    }

    private func approval(_ calls: [ScriptCall], _ lines: [String], _ subject: Subject) -> [Finding] {
        guard let call = calls.first(where: { $0.argument == "production" }),
            !lines.prefix(call.line - 1).contains(where: { $0.contains(/^\s*input\b/) })
        else { return [] }
        return [
            finding(
                "approval", subject, call.line, "deploys to production without an approval",
                "put an `input` stage before it")
        ]
    }

    private func braces(_ lines: [String], _ subject: Subject) -> [Finding] {
        var depth = 0
        for (index, line) in lines.enumerated() where !line.drop(while: \.isWhitespace).hasPrefix("//") {
            let code = line.replacing(/'[^']*'|"(?:[^"\\]|\\.)*"/, with: "")
            depth += code.filter { $0 == "{" }.count - code.filter { $0 == "}" }.count
            if depth < 0 {
                return [finding("braces", subject, index + 1, "this brace closes no open block", "remove the brace")]
            }
        }
        return depth == 0
            ? [] : [finding("braces", subject, lines.count, "\(depth) blocks are not closed", "close them")]
    }

    private func secrets(_ lines: [String], _ subject: Subject) -> [Finding] {
        lines.enumerated().compactMap { index, line in
            guard line.lowercased().contains(/(?:password|secret|token|private_?key|access_?key)\s*=\s*['"][^'"$]+['"]/)
            else { return nil }
            return finding(
                "secret", subject, index + 1, "the line contains a secret in clear text",
                "read the secret with credentials(), and rotate it, because every reader of the file has it")
        }
    }

    var explanations: [String: String] {
        [
            "approval":
                "A stage deploys to production without an `input` stage before it, so nobody approves the change.",
            "braces":
                "A block of the Jenkinsfile is not closed. Jenkins rejects the file.",
            "order":
                "The Jenkinsfile and the other pipeline of the same repository run different steps, so a change can pass one and fail the other.",
            "script":
                "A step calls a script that does not exist in the repository.",
            "secret":
                "A secret has its value in the Jenkinsfile. Everybody who reads the repository has it.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleWorkflow
        func with(_ old: String, _ new: String) -> [String: String] {
            precondition(Self.sample.contains(old), "the Jenkinsfile does not hold \(old)")
            return Sample.adding(Self.sample.replacing(old, with: new), as: "Jenkinsfile")
        }
        return [
            .sound("the workflow's steps", Sample.adding(Self.sample, as: "Jenkinsfile")),
            .sound(
                "steps without a workflow",
                [
                    "Jenkinsfile": Self.sample, "ci/test.sh": "#!/bin/sh\n", "ci/deploy.sh": "#!/bin/sh\n",
                ]),
            .broken("a script that does not exist", with("ci/test.sh", "ci/tests.sh"), triggers: "order", "script"),
            .broken(
                "a step too few", with("stage('Test') { steps { sh 'ci/test.sh' } }\n", ""), triggers: "order"),
            .broken(
                "a step that does not wait",
                Sample.with("    needs: approve\n", "").merging(["Jenkinsfile": Self.sample]) { one, _ in one },
                triggers: "order"),
            .broken(
                "nobody is asked", with("input message: 'To production?'", "echo 'To production'"), triggers: "approval"
            ),
            .broken("a block that is not closed", with("agent any", "agent { any"), triggers: "braces"),
            .broken(
                "a password", with("agent any", "agent any\n  environment { DB_PASSWORD = 'hunter2' }"),
                triggers: "secret"),
        ]
    }

    private static let sample = """
        pipeline {
          agent any
          stages {
            stage('Test') { steps { sh 'ci/test.sh' } }
            stage('Approve') {
              steps {
                input message: 'To production?'
              }
            }
            stage('Production') { steps { sh 'ci/deploy.sh production' } }
          }
        }

        """
}
