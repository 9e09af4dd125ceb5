import CheckCore
import DocumentModels
import Foundation
import HarnessSupport

/// Finds tasks that notify a handler that no play or role defines. The play fails after the task's first change.
///
/// Source: Ansible documentation, Handlers: Ansible finds a handler by its name or its `listen` topics, within the play
/// and its roles. The check skips projects with external roles, collections or tasks.
struct AnsibleHandlers: Check {
    let name = "ansible-handlers"
    let summary = "tasks notify handlers that exist"

    func subjects(in repository: Repository) -> [Subject] {
        // Plays and roles find each other across folders.
        let files = repository.artifacts(of: .ansible).map(\.path).sorted()
        return files.isEmpty ? [] : [Subject(path: files[0], inputs: files)]
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let files = subject.inputs.flatMap { path in
                (context.repository.yaml(path)?.documents ?? []).map { (path, $0) }
            }
            let all = files.flatMap { tasks(in: $0.1) }
            let isOpen = all.contains { task in
                task.entries.contains { key, _ in
                    ["import_playbook", "include", "include_role", "import_role", "include_tasks", "import_tasks"]
                        .contains(String(key.text.split(separator: ".").last ?? ""))
                } || task["roles"] != nil && !areLocal(task["roles"], subject.inputs)
            }
            // A role's dependencies may define handlers, and a templated name can match any handler.
            let isTemplated = all.contains { $0["name"]?.text.contains("{{") == true && $0["notify"] == nil }
            let hasDependencies = files.contains {
                $0.0.contains("/meta/") && $0.1["dependencies"]?.elements.isEmpty == false
            }
            if isOpen || isTemplated || hasDependencies { return [] }
            let known = Set(
                all.flatMap {
                    [$0["name"]?.text, $0["listen"]?.text].compactMap { $0 } + $0["listen"].elements.map(\.text)
                })
            return files.flatMap { path, root in
                tasks(in: root).flatMap { task -> [Finding] in
                    let notified = task["notify"].map { $0.isSequence ? $0.elements : [$0] } ?? []
                    // `role : name` names a role's handler.
                    func isKnown(_ text: String) -> Bool {
                        known.contains(text)
                            || text.split(separator: ":", maxSplits: 1).last.map {
                                known.contains($0.trimmingCharacters(in: .whitespaces))
                            } == true
                    }
                    return notified.filter { !isKnown($0.text) && !$0.text.contains("{{") }.map {
                        Finding(
                            rule: "\(name)/missing", path: path, line: $0.line,
                            message:
                                "no handler is named `\($0.text)`: the play fails when this task reports a change",
                            remedy: "correct the name, or add the handler")
                    }
                }
            }
        }
    }

    private func areLocal(_ roles: YAMLNode?, _ files: [String]) -> Bool {
        roles.elements.allSatisfy { role in
            let name = role.isMapping ? role["role"]?.text ?? role["name"]?.text ?? "" : role.text
            return files.contains { $0.contains("roles/\(name)/") }
        }
    }

    /// Every mapping in the lists of a play or a task file: plays, tasks, blocks and handlers.
    private func tasks(in node: YAMLNode) -> [YAMLNode] {
        node.elements.flatMap { element -> [YAMLNode] in
            let lists = ["tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"]
            return [element] + lists.compactMap { element[$0] }.flatMap { tasks(in: $0) }
        }
    }

    var explanations: [String: String] {
        [
            "missing":
                "A task notifies a handler that no play defines. Ansible stops the play when the task reports a change. Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_handlers.html"
        ]
    }

    var examples: [Example] {
        func play(_ notified: String, _ more: String = "") -> [String: String] {
            [
                "site.yml": """
                ---
                - name: Prepare
                  hosts: all
                \(more)  tasks:
                    - name: Write a file
                      ansible.builtin.copy:
                        content: a
                        dest: /a
                        mode: "0644"
                      notify: \(notified)
                  handlers:
                    - name: Restart the relay
                      listen: relay changed
                      ansible.builtin.service:
                        name: relay
                        state: restarted

                """
            ]
        }
        return [
            .sound("a handler by its name", play("Restart the relay")),
            .sound("a handler by its role and name", play("\"relay : Restart the relay\"")),
            .sound("a handler by what it listens to", play("relay changed")),
            .sound("a play with a role from elsewhere", play("Restart nginx", "  roles: [geerlingguy.nginx]\n")),
            .broken("a handler with another name", play("Restart relay"), triggers: "missing"),
            .broken("one of several", play("[Restart the relay, Reload]"), triggers: "missing"),
        ]
    }
}
