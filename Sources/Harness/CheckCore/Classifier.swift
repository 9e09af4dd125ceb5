import DocumentModels
import HarnessSupport

/// Determines the kind of a file. Names and paths are checked first because they are cheap. The contents of only YAML,
/// JSON and files without an extension are read.
package enum Classifier {
    package static func classify(path: String, content: () -> [UInt8]?) -> Artifact {
        let name = path.lastPathPart
        if let (kind, syntax) = byName(name, path: path) {
            return Artifact(path: path, kind: kind, syntax: syntax)
        }
        guard let bytes = content()?.withoutByteOrderMark else {
            return Artifact(path: path, kind: .binary, syntax: .other)
        }
        if bytes.prefix(8_192).contains(0) { return Artifact(path: path, kind: .binary, syntax: .other) }
        switch path.pathExtension {
        case "yaml", "yml":
            return Artifact(path: path, kind: yamlKind(path: path, bytes: bytes), syntax: .yaml)
        case "json":
            let kind = jsonKind(bytes)
            return Artifact(path: path, kind: kind, syntax: allowsComments(path) ? .other : .json)
        case "template" where TopLevelKeys(bytes).contains("Resources"):
            return Artifact(path: path, kind: .cloudFormation, syntax: .yaml)
        // A shebang in a template.
        case "tpl", "tftpl", "tmpl", "j2", "erb": return Artifact(path: path, kind: .text, syntax: .other)
        default:
            if isShellScript(bytes) { return Artifact(path: path, kind: .shell, syntax: .shell) }
            return Artifact(path: path, kind: .text, syntax: .other)
        }
    }

    private static func byName(_ name: String, path: String) -> (ArtifactKind, ArtifactSyntax)? {
        switch name {
        case ".terraform.lock.hcl": return (.terraformLock, .hcl)
        case "kustomization.yaml", "kustomization.yml", "Kustomization": return (.kustomization, .yaml)
        case "Containerfile", "Dockerfile": return (.containerfile, .other)
        case "Jenkinsfile": return (.jenkinsfile, .other)
        case "Makefile", "GNUmakefile", "makefile": return (.makefile, .other)
        case "Package.resolved": return (.json, .json)
        default: break
        }
        if path.pathExtension == "dockerignore" { return nil }
        if name.hasPrefix("Containerfile.") || name.hasPrefix("Dockerfile.") || name.hasSuffix(".Dockerfile") {
            return (.containerfile, .other)
        }
        if name.hasSuffix(".tftest.hcl") || name.hasSuffix(".tfmock.hcl") { return (.terraformTest, .hcl) }
        if name.hasPrefix("requirements") && name.hasSuffix(".txt") { return (.pythonRequirements, .other) }
        switch path.pathExtension {
        case "tf": return (.terraform, .hcl)
        case "tfvars": return (.terraformVariables, .hcl)
        case "sh", "bash": return (.shell, .shell)
        case "md", "markdown": return (.markdown, .markdown)
        case "swift": return (.swift, .swift)
        case "py": return (.python, .python)
        case "mk": return (.makefile, .other)
        default: return nil
        }
    }

    private static func yamlKind(path: String, bytes: [UInt8]) -> ArtifactKind {
        let folders = path.split(separator: "/").dropLast().map(String.init)
        let name = path.lastPathPart
        if folders.suffix(2) == [".github", "workflows"] { return .githubWorkflow }
        let keys = TopLevelKeys(bytes)
        // Before Helm: CloudFormation's dynamic references are `{{resolve:…}}`.
        if keys.contains("AWSTemplateFormatVersion") { return .cloudFormation }
        if keys.contains("Resources") && bytes.contains(text: "AWS::") { return .cloudFormation }
        if hasTemplateAction(bytes), folders.contains("templates") || hasTemplateValue(bytes) { return .helm }
        if ["action.yml", "action.yaml"].contains(name), keys.contains("runs") { return .githubAction }
        if name.hasPrefix("azure-pipelines") { return .azurePipeline }
        if let role = folders.firstIndex(of: "roles"), folders.count > role + 2, folders[role + 2] != "files" {
            return .ansible
        }

        if keys.contains("apiVersion") && keys.contains("kind") || isNamelessObject(keys) { return .kubernetes }
        if keys.contains("rule_files") && keys.contains("tests") { return .prometheusRulesTest }
        if isPrometheusRules(keys, bytes) { return .prometheusRules }
        if isPrometheus(keys, bytes, name) { return .prometheus }
        if keys.contains("route") && keys.contains("receivers") { return .alertmanager }
        if keys.isList && (bytes.contains(text: "hosts:") || bytes.contains(text: "import_playbook:")) {
            return .ansible
        }
        let azureKeys = ["stages", "jobs", "steps", "pool", "trigger", "pr", "resources", "extends"]
        let azureTemplateKeys = ["stages", "jobs", "steps", "variables"]
        if keys.contains("parameters"), azureTemplateKeys.contains(where: keys.contains) { return .azurePipeline }
        if azureKeys.filter(keys.contains).count >= 2, !keys.contains("on"), !keys.contains("image") {
            return .azurePipeline
        }
        return .yaml
    }

    /// A Kubernetes object that lacks `apiVersion` or `kind`. Objects of other programs have further keys, such as
    /// `version`.
    private static func isNamelessObject(_ keys: TopLevelKeys) -> Bool {
        let parts: Set = ["data", "spec", "rules", "roleRef", "stringData", "webhooks"]
        return keys.contains("metadata") && (keys.contains("apiVersion") || keys.contains("kind"))
            && parts.contains(where: keys.contains)
            && keys.isWithin(
                parts.union(["apiVersion", "kind", "metadata", "immutable", "status", "subjects", "type"]))
    }

    /// A rule file, even if `rules:` is missing or misspelt.
    private static func isPrometheusRules(_ keys: TopLevelKeys, _ bytes: [UInt8]) -> Bool {
        guard keys.contains("groups") else { return false }
        if bytes.contains(text: "rules:") { return true }
        return bytes.contains(text: "expr:") && (bytes.contains(text: "alert:") || bytes.contains(text: "record:"))
    }

    /// Prometheus' own configuration. Promtail and Grafana's agent have `scrape_configs` too, among keys of their own.
    ///
    /// Source: prometheus/prometheus@v3.14.0:config/config.go, `Config`.
    private static func isPrometheus(_ keys: TopLevelKeys, _ bytes: [UInt8], _ name: String) -> Bool {
        let known: Set = [
            "global", "runtime", "alerting", "rule_files", "scrape_config_files", "scrape_configs", "storage",
            "tracing",
            "remote_write", "remote_read", "otlp",
        ]
        if keys.contains("scrape_configs") {
            return !["clients", "positions", "server", "target_config", "limits_config", "metrics", "receivers"]
                .contains(where: keys.contains)
        }
        guard keys.isWithin(known) else { return false }
        if name.hasPrefix("prometheus") { return true }
        let isList = ["remote_write", "remote_read", "rule_files", "scrape_config_files"].contains(where: keys.contains)
        return isList || bytes.contains(text: "alertmanagers:")
            || keys.contains("global") && bytes.contains(text: "scrape_interval:")
    }

    private static func jsonKind(_ bytes: [UInt8]) -> ArtifactKind {
        if bytes.contains(text: "\"panels\"") && bytes.contains(text: "\"schemaVersion\"") { return .grafanaDashboard }
        // A file that embeds a template or an object, such as a macro event, is not a template.
        let names = outermostNames(bytes)
        if names.contains("AWSTemplateFormatVersion") { return .cloudFormation }
        if names.contains("Resources") && bytes.contains(text: "\"AWS::") { return .cloudFormation }
        if names.contains("apiVersion") && names.contains("kind") { return .kubernetes }
        return .json
    }

    /// The names in the outermost object of a JSON text, without parsing, so that a malformed file still gets a kind.
    private static func outermostNames(_ bytes: [UInt8]) -> Set<String> {
        var names: Set<String> = []
        var (depth, index) = (0, 0)
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let start = index + 1
                index = start
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                let isName =
                    depth == 1 && bytes[min(index + 1, bytes.count)...].first { $0 > 0x20 } == UInt8(ascii: ":")
                if isName { names.insert(String(decoding: bytes[start..<index], as: UTF8.self)) }
            default: break
            }
            index += 1
        }
        return names
    }

    /// Files that are JSON by name but whose readers accept comments.
    private static func allowsComments(_ path: String) -> Bool {
        let name = path.lastPathPart
        return name.hasPrefix("tsconfig") || name.hasPrefix("jsconfig") || name == "devcontainer.json"
            || name == ".swift-format" || path.split(separator: "/").contains(".vscode")
    }

    private static func isShellScript(_ bytes: [UInt8]) -> Bool {
        guard bytes.starts(with: Array("#!".utf8)) else { return false }
        let line = String(decoding: bytes.prefix(128).prefix { $0 != 0x0A }, as: UTF8.self)
        let interpreters = ["bash", "sh", "dash", "ksh"]
        return line.split(whereSeparator: { " /".contains($0) }).contains { interpreters.contains(String($0)) }
    }

    /// `{{`, but not `${{`, which starts a pipeline expression.
    private static func hasTemplateAction(_ bytes: [UInt8]) -> Bool {
        var before: (UInt8, UInt8) = (0, 0)
        for byte in bytes {
            if byte == 0x7B, before.1 == 0x7B, before.0 != UInt8(ascii: "$") { return true }
            before = (before.1, byte)
        }
        return false
    }

    /// `key: {{name}}`, which YAML would parse as a mapping with a mapping as its key.
    private static func hasTemplateValue(_ bytes: [UInt8]) -> Bool {
        bytes.contains(text: "{{")
            && String(decoding: bytes, as: UTF8.self).lines.contains {
                $0.contains(/^[ -]*[A-Za-z.\/-]+: +\{\{[^}]+\}\} *$/)
            }
    }
}

/// The outermost keys of a YAML text, read without parsing where they stand at the left margin: a malformed file is still
/// of some kind.
struct TopLevelKeys {
    private var keys: Set<String> = []
    private(set) var isList = false

    init(_ bytes: [UInt8]) {
        let content = bytes.split(separator: 0x0A).first { ![UInt8(ascii: "#"), UInt8(ascii: "-")].contains($0.first) }
        // A template may begin like this too.
        if content?.first == UInt8(ascii: "{"), let root = (try? YAMLTree(bytes))?.documents.first {
            keys = Set(root.entries.map(\.key.text))
            return
        }
        for line in bytes.split(separator: 0x0A) {
            guard let first = line.first else { continue }
            if first == UInt8(ascii: "-"), line.count > 1, line[line.startIndex + 1] == UInt8(ascii: " ") {
                isList = true
            }
            let isWord =
                first >= 0x41 && first <= 0x5A || first >= 0x61 && first <= 0x7A
                || [UInt8(ascii: "_"), UInt8(ascii: "\""), UInt8(ascii: "'")].contains(first)
            guard isWord, let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            keys.insert(String(decoding: line[..<colon], as: UTF8.self).trimming { "\"'".contains($0) })
        }
    }

    func contains(_ key: String) -> Bool { keys.contains(key) }
    /// Whether it has keys, and only these.
    func isWithin(_ known: Set<String>) -> Bool { !keys.isEmpty && keys.isSubset(of: known) }
}
