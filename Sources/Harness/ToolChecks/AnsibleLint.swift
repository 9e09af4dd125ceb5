import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Runs ansible-lint with its strictest profile on every folder with playbooks or roles.
struct AnsibleLint: Check {
    let name = "ansible-lint"
    let summary = "Ansible content follows ansible-lint's production profile"
    let rulePages: String? = "https://docs.ansible.com/projects/lint/rules/RULE/"
    let tools = [Tool.ansibleLint]
    let isBatched = false
    let weight = 5.0

    func subjects(in repository: Repository) -> [Subject] {
        let folders = Set(repository.artifacts(of: .ansible).map { Self.project(of: $0) })
        return folders.sorted().map { folder in
            Subject(path: folder, inputs: repository.artifacts.map(\.path).filter { $0.isWithin(folder) })
        }
    }

    /// The folder that contains `roles`, else the playbook's folder.
    private static func project(of artifact: Artifact) -> String {
        let parts = artifact.path.split(separator: "/")
        guard let roles = parts.firstIndex(of: "roles") else { return artifact.folder }
        return parts[..<roles].joined(separator: "/")
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var findings: [Finding] = []
        let program = try await context.path(of: .ansibleLint)
        for subject in subjects {
            findings += try await context.withStage(subject.inputs) { stage in
                let folder = stage.appendingPath(subject.path)
                let output = try await Command(
                    program,
                    ["--offline", "--profile", "production", "--strict", "-q", "-f", "json", "--project-dir", "."],
                    environment: [
                        "PATH": program.parentPath + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
                        "ANSIBLE_HOME": stage.appendingPath(".home"), "ANSIBLE_CONFIG": nil, "LC_ALL": "C.UTF-8",
                    ], folder: folder
                ).run()
                guard let found = JSONValue(parsing: output.stdout)?.array else {
                    throw HarnessError("ansible-lint: \(output.lastLine)")
                }
                return found.map { finding($0, in: subject.path) }
            }
        }
        return findings
    }

    private func finding(_ item: JSONValue, in folder: String) -> Finding {
        let lines = item["location", "lines"] ?? item["location", "positions"]
        return Finding(
            rule: "\(name)/\(item["check_name"]?.string ?? "?")",
            severity: ["blocker", "critical"].contains(item["severity"]?.string) ? .error : .warning,
            path: folder.appendingPath(item["location", "path"]?.string ?? ""),
            line: lines?["begin"]?.int ?? lines?["begin", "line"]?.int, message: item["description"]?.string ?? "",
            remedy: item["url"]?.string.map { "see \($0)" })
    }

    var examples: [Example] {
        func play(_ task: String) -> [String: String] {
            ["site.yml": "---\n- name: Prepare\n  hosts: all\n  tasks:\n\(task)"]
        }
        return [
            .sound(
                "a task with a name and a module's full name",
                play(
                    "    - name: Write a file\n      ansible.builtin.copy:\n        content: a\n        dest: /a\n        mode: \"0644\"\n"
                )),
            .broken(
                "a task without a name", play("    - ansible.builtin.meta: flush_handlers\n"), triggers: "name[missing]"
            ),
            .broken(
                "a file whose mode nobody chose",
                play("    - name: Write a file\n      ansible.builtin.copy:\n        content: a\n        dest: /a\n"),
                triggers: "risky-file-permissions"),
            .broken(
                "a command that always counts as a change",
                play("    - name: Look\n      ansible.builtin.command: id\n"), triggers: "no-changed-when"),
        ]
    }
}
