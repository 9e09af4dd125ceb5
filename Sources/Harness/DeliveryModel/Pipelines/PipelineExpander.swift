import CheckCore
import DocumentModels
import Foundation
import HarnessSupport

/// Expands the templates of a pipeline as Azure does before it runs: `extends`, `template:` in lists, parameters,
/// `${{ if }}`, `${{ elseif }}`, `${{ else }}`, `${{ each }}`, `${{ insert }}`, and expressions in texts and keys.
///
/// Values that only Azure has (variables of a run, templates of other repositories, functions that are not in
/// `PipelineExpression`) are problems; the expander does not guess.
///
/// Source: Microsoft, Azure Pipelines documentation, "Template usage" and "Template expressions".
struct PipelineExpander {
    /// The content of a file, by its path in the repository.
    let read: (String) -> [UInt8]?
    private(set) var problems: [PipelineProblem] = []
    /// Every file that was looked up, also if it does not exist.
    private(set) var files: [String] = []

    init(read: @escaping (String) -> [UInt8]?) { self.read = read }

    init(_ repository: Repository) { self.init { repository.bytes(of: $0).map(Array.init) } }

    private struct Scope {
        var names: [String: PipelineValue]
        let file: String
        /// Declared parameters; `nil` in the old form, a mapping, which accepts any others.
        var declared: Set<String>?
    }

    /// The nesting depth of templates, and the number of expanded values.
    private var depth = 0
    private var made = 0

    /// Azure's limit, which also stops a template that includes itself.
    private static let deepest = 50
    private static let mostValues = 200_000

    private static let lists = ["stages", "jobs", "steps", "variables"]

    /// - Parameter given: values of the pipeline's own parameters, by name; defaults for the others.
    /// - Returns: `nil` if the file is not a mapping.
    mutating func expand(_ path: String, given: [String: String] = [:]) -> PipelineValue? {
        guard let root = load(path, for: nil) else { return nil }
        let place = PipelineValue(.mapping([]), file: path, line: root.line)
        let values = given.mapValues { PipelineValue($0, YAMLScalar.type(of: Array($0.utf8)[...]), at: place) }
        var scope = Scope(names: [:], file: path, declared: Self.declared(root["parameters"]))
        scope.names["parameters"] = parameters(root["parameters"], given: values, scope, at: place, isRoot: true)
        scope.names["variables"] = staticVariables(root["variables"], path)
        return body(root, scope, at: place)
    }

    /// A pipeline or template without its parameters; the extended template replaces `extends`.
    private mutating func body(_ root: YAMLNode, _ scope: Scope, at place: PipelineValue) -> PipelineValue {
        var entries: [(key: String, value: PipelineValue)] = []
        for (key, value) in root.entries where key.text != "parameters" {
            if key.text == "extends" {
                let call = self.value(value, scope, list: nil)
                if let whole = include(call, scope, list: nil) { entries += whole.entries }
            } else {
                entries += pairs(key, value, scope)
            }
        }
        return PipelineValue(.mapping(entries), file: scope.file, line: root.line)
    }

    // MARK: Files and parameters

    private mutating func load(_ path: String, for place: PipelineValue?) -> YAMLNode? {
        let isFirst = !files.contains(path)
        if isFirst { files.append(path) }
        guard let bytes = read(path) else {
            problems.append(
                PipelineProblem(
                    "template", file: place?.file ?? path, line: place?.line ?? 1, "template not found: \(path)",
                    remedy: "write the path from the folder of the calling file, or from the root with a leading /"))
            return nil
        }
        do {
            if let root = try YAMLTree(bytes).documents.first, root.isMapping {
                if isFirst, let declared = Self.declared(root["parameters"]) {
                    undeclared(in: root, path, declared: declared)
                }
                return root
            }
            problems.append(PipelineProblem("template", file: path, line: 1, "the file is not a YAML mapping"))
        } catch let error as YAMLTree.Malformed {
            problems.append(PipelineProblem("template", file: path, line: error.line ?? 1, error.message))
        } catch {
            problems.append(PipelineProblem("template", file: path, line: 1, "\(error)"))
        }
        return nil
    }

    /// Undeclared parameters in expressions: Azure silently replaces them by an empty value.
    private mutating func undeclared(in node: YAMLNode, _ file: String, declared: Set<String>) {
        for (key, value) in node.entries {
            undeclared(in: key, file, declared: declared)
            undeclared(in: value, file, declared: declared)
        }
        for element in node.elements { undeclared(in: element, file, declared: declared) }
        guard node.isScalar, node.text.contains("${{") else { return }
        let expressions: [Substring] =
            switch Directive(node.text) {
            case .when(let text), .otherwiseWhen(let text), .each(_, let text): [text]
            case .otherwise, .insert: []
            case nil: node.text.matches(of: /\$\{\{((?:(?!\}\}).)*)\}\}/).map(\.1)
            }
        for part in expressions.flatMap({ (try? PipelineExpression($0))?.parts ?? [] }) {
            guard let way = part.way, way.count == 2, way[0] == "parameters", !declared.contains(way[1]) else {
                continue
            }
            problems.append(
                PipelineProblem(
                    "parameter-undeclared", file: file, line: node.line,
                    "\(file) does not declare the parameter '\(way[1])'",
                    remedy: declared.isEmpty
                        ? "declare it under `parameters`" : "declared: \(declared.sorted().joined(separator: ", "))"))
        }
    }

    private func staticVariables(_ node: YAMLNode?, _ file: String) -> PipelineValue {
        var entries: [(key: String, value: PipelineValue)] = []
        func add(_ key: String, _ value: YAMLNode) {
            entries.append((key, PipelineValue(.scalar(value.text, value.type), file: file, line: value.line)))
        }
        for (key, value) in node.entries where value.isScalar { add(key.text, value) }
        for element in node.elements {
            if let name = element["name"]?.text, let value = element["value"] { add(name, value) }
        }
        return PipelineValue(.mapping(entries), file: file, line: node?.line ?? 1)
    }

    /// The values of declared parameters: the given value, else the default.
    private mutating func parameters(
        _ declared: YAMLNode?, given: [String: PipelineValue], _ scope: Scope, at place: PipelineValue, isRoot: Bool
    ) -> PipelineValue {
        var result: [(key: String, value: PipelineValue)] = []
        var names: Set<String> = []
        // The old form is a mapping from names to defaults.
        for (key, node) in declared.entries {
            names.insert(key.text)
            result.append((key.text, given[key.text] ?? value(node, scope, list: nil)))
        }
        for node in declared.elements {
            let name = node["name"]?.text ?? ""
            names.insert(name)
            for (key, _) in node.entries where !Self.parameterKeys.contains(key.text) {
                problems.append(
                    PipelineProblem(
                        "parameter-key", file: scope.file, line: key.line,
                        "unknown key '\(key.text)' of a parameter",
                        remedy: "write one of \(Self.parameterKeys.joined(separator: ", "))"))
            }
            guard let found = given[name] ?? node["default"].map({ value($0, scope, list: nil) }) else {
                // Azure asks the user who runs the pipeline for the value.
                if !isRoot {
                    problems.append(
                        PipelineProblem(
                            "parameter-missing", at: place, "missing value for the parameter '\(name)' of \(scope.file)"
                        ))
                }
                result.append((name, PipelineValue("", .null, at: place)))
                continue
            }
            let type = node["type"]?.text ?? "string"
            if let problem = Self.mismatch(found, type) {
                problems.append(
                    PipelineProblem("parameter-type", at: found, "the parameter '\(name)' \(problem)"))
            }
            let allowed = node["values"].elements.map(\.text)
            let chosen = type == "stringList" ? found.elements.map(\.text) : [found.text]
            if !allowed.isEmpty, !chosen.allSatisfy({ allowed.contains($0 ?? "") }) {
                problems.append(
                    PipelineProblem(
                        "parameter-value", at: found,
                        "the parameter '\(name)' is '\(found.text ?? "a collection")'; allowed: \(allowed.joined(separator: ", "))"
                    ))
            }
            result.append((name, found))
        }
        // The old form accepts any type.
        if declared?.isMapping == true {
            result += given.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            names.formUnion(given.keys)
        }
        for name in given.keys.sorted() where !names.contains(name) {
            problems.append(
                PipelineProblem(
                    "parameter-unknown", at: given[name] ?? place, "\(scope.file) has no parameter '\(name)'",
                    remedy: names.isEmpty ? nil : "it has \(names.sorted().joined(separator: ", "))"))
        }
        return PipelineValue(.mapping(result), file: scope.file, line: declared?.line ?? 1)
    }

    /// Source: Microsoft, Azure Pipelines YAML schema, "parameters.parameter definition".
    private static let parameterKeys = ["name", "displayName", "type", "default", "values"]

    /// `nil` for the old form, a mapping, which accepts any type.
    private static func declared(_ parameters: YAMLNode?) -> Set<String>? {
        parameters?.isMapping == true ? nil : Set(parameters.elements.compactMap { $0["name"]?.text })
    }

    private static func mismatch(_ value: PipelineValue, _ type: String) -> String? {
        switch type {
        case "boolean": value.type == .boolean ? nil : "is not a boolean"
        case "number": [.integer, .number].contains(value.type) ? nil : "is not a number"
        case "string": value.text == nil ? "is a collection, not a string" : nil
        // Source: learn.microsoft.com, Azure Pipelines, Parameters data types: `stringList` is a list of `values`.
        case "stringList", "stepList", "jobList", "stageList", "deploymentList":
            value.isSequence ? nil : "is not a list"
        case "step", "job", "stage", "deployment": value.isMapping ? nil : "is not a mapping"
        case "object": nil
        default: "has the unknown type '\(type)'"
        }
    }

    /// Returns the expansion of a `template:` entry.
    ///
    /// - Parameter list: the list that contains the entry; `nil` for `extends`, which uses the whole template.
    private mutating func include(_ call: PipelineValue, _ scope: Scope, list: String?) -> PipelineValue? {
        guard let name = call["template"]?.text, let place = call["template"] else {
            problems.append(PipelineProblem("template", at: call, "extends has no template"))
            return nil
        }
        let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || parts[1] == "self" else {
            problems.append(
                PipelineProblem(
                    "unknown", at: place, "\(name) is in another repository, which this check does not read"))
            return nil
        }
        let relative = String(parts.first ?? "")
        let path =
            relative.hasPrefix("/")
            ? String(relative.dropFirst()) : scope.file.parentPath.appendingPath(relative).normalizedPath
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            problems.append(
                PipelineProblem(
                    "template", at: place, "templates are nested more than \(Self.deepest) deep",
                    remedy: "look for a template that includes itself"))
            return nil
        }
        guard let path, let root = load(path, for: place) else { return nil }
        var inner = Scope(names: [:], file: path, declared: Self.declared(root["parameters"]))
        let given = Dictionary((call["parameters"]?.entries ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        inner.names["variables"] = scope.names["variables"]
        inner.names["parameters"] = parameters(root["parameters"], given: given, inner, at: place, isRoot: false)
        guard let list else { return body(root, inner, at: place) }
        guard let content = root[list] else {
            problems.append(PipelineProblem("template", at: place, "\(path) has no '\(list)' to insert here"))
            return nil
        }
        let found = value(content, inner, list: list)
        guard list == "variables", found.isMapping else { return found }
        // A mapping of variables is appended to the list.
        let listed = found.entries.map { name, value in
            let entries = [("name", PipelineValue(name, at: value)), ("value", value)]
            return PipelineValue(.mapping(entries), file: value.file, line: value.line)
        }
        return PipelineValue(.sequence(listed), file: found.file, line: found.line)
    }

    // MARK: Values

    private mutating func value(_ node: YAMLNode, _ scope: Scope, list: String?) -> PipelineValue {
        let place = PipelineValue(.mapping([]), file: scope.file, line: node.line)
        made += 1
        guard made <= Self.mostValues else {
            if made == Self.mostValues + 1 {
                problems.append(
                    PipelineProblem(
                        "template", at: place,
                        "more than \(Self.mostValues) values after expansion of templates and loops"))
            }
            return place
        }
        if node.isMapping {
            return PipelineValue(.mapping(mapping(node, scope)), file: scope.file, line: node.line)
        }
        if node.isSequence {
            return PipelineValue(.sequence(sequence(node, scope, list: list)), file: scope.file, line: node.line)
        }
        guard node.text.contains("${{") else {
            return PipelineValue(.scalar(node.text, node.type), file: scope.file, line: node.line)
        }
        return text(node.text, scope, at: place)
    }

    /// A text that is one expression has the expression's type.
    private mutating func text(_ text: String, _ scope: Scope, at place: PipelineValue) -> PipelineValue {
        if let whole = text.wholeMatch(of: /\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*/) {
            let found = evaluate(whole.1, scope, at: place)
            return PipelineValue(found.content, file: place.file, line: place.line)
        }
        let parts = text.matches(of: /\$\{\{((?:(?!\}\}).)*)\}\}/)
        var result = ""
        var rest = text.startIndex
        for part in parts {
            let found = evaluate(part.1, scope, at: place)
            result += text[rest..<part.range.lowerBound] + (found.text ?? "")
            rest = part.range.upperBound
            if found.text == nil {
                problems.append(PipelineProblem("unknown", at: place, "'\(part.1)' is a collection within a text"))
            }
        }
        return PipelineValue(result + text[rest...], at: place)
    }

    private mutating func evaluate(_ text: Substring, _ scope: Scope, at place: PipelineValue) -> PipelineValue {
        do {
            let expression = try PipelineExpression(text)
            // A misspelt parameter would silently be empty.
            for part in expression.parts {
                guard let way = part.way, way.count == 2, ["parameters", "variables"].contains(way[0]) else { continue }
                // Reported once for the file, also if the place is not reached.
                if way[0] == "parameters", scope.declared?.contains(way[1]) == false {
                    return PipelineValue("", .null, at: place)
                }
                if scope.names[way[0]]?[way[1]] == nil {
                    throw PipelineExpression.Unknown(description: "'\(way[0]).\(way[1])' has no value before the run")
                }
            }
            return try expression.value(at: place, lookUp: { scope.names[$0] })
        } catch {
            problems.append(PipelineProblem("unknown", at: place, "${{\(text)}}: \(error)"))
            return PipelineValue("", .null, at: place)
        }
    }

    // MARK: Directives

    private enum Directive {
        case when(Substring)
        case otherwiseWhen(Substring)
        case otherwise
        case each(name: String, list: Substring)
        case insert

        init?(_ key: String) {
            guard let inner = key.wholeMatch(of: /\s*\$\{\{\s*(.*?)\s*\}\}\s*/)?.1 else { return nil }
            if inner == "else" {
                self = .otherwise
            } else if inner == "insert" {
                self = .insert
            } else if let match = inner.wholeMatch(of: /if\s+(.+)/) {
                self = .when(match.1)
            } else if let match = inner.wholeMatch(of: /elseif\s+(.+)/) {
                self = .otherwiseWhen(match.1)
            } else if let match = inner.wholeMatch(of: /each\s+(\w+)\s+in\s+(.+)/) {
                self = .each(name: String(match.1), list: match.2)
            } else {
                return nil
            }
        }
    }

    /// The scopes in which the content of a directive is expanded.
    ///
    /// - Parameter isDone: whether an earlier branch of the chain was taken; `nil` without a chain.
    private mutating func scopes(
        _ directive: Directive, _ scope: Scope, isDone: inout Bool?, at place: PipelineValue
    ) -> [Scope] {
        switch directive {
        case .when(let condition):
            isDone = PipelineExpression.holds(evaluate(condition, scope, at: place))
            return isDone == true ? [scope] : []
        case .otherwiseWhen, .otherwise:
            guard let before = isDone else {
                problems.append(PipelineProblem("unknown", at: place, "no if before this directive"))
                return []
            }
            if before { return [] }
            if case .otherwiseWhen(let condition) = directive {
                isDone = PipelineExpression.holds(evaluate(condition, scope, at: place))
            } else {
                isDone = true
            }
            return isDone == true ? [scope] : []
        case .each(let name, let list):
            isDone = nil
            let found = evaluate(list, scope, at: place)
            let items =
                found.isMapping
                ? found.entries.map { entry in
                    PipelineValue(
                        .mapping([("key", PipelineValue(entry.key, at: entry.value)), ("value", entry.value)]),
                        file: entry.value.file, line: entry.value.line)
                } : found.elements
            return items.map { item in
                var inner = scope
                inner.names[name] = item
                return inner
            }
        case .insert:
            isDone = nil
            return [scope]
        }
    }

    private mutating func mapping(_ node: YAMLNode, _ scope: Scope) -> [(key: String, value: PipelineValue)] {
        var result: [(key: String, value: PipelineValue)] = []
        var isDone: Bool?
        for (key, value) in node.entries {
            guard let directive = Directive(key.text) else {
                isDone = nil
                result += pairs(key, value, scope)
                continue
            }
            let place = PipelineValue(.mapping([]), file: scope.file, line: key.line)
            for inner in scopes(directive, scope, isDone: &isDone, at: place) {
                result += self.value(value, inner, list: nil).entries
            }
        }
        return result
    }

    private mutating func pairs(
        _ key: YAMLNode, _ value: YAMLNode, _ scope: Scope
    ) -> [(key: String, value: PipelineValue)] {
        let place = PipelineValue(.mapping([]), file: scope.file, line: key.line)
        let name = key.text.contains("${{") ? text(key.text, scope, at: place).text ?? "" : key.text
        return [(name, self.value(value, scope, list: Self.lists.contains(name) ? name : nil))]
    }

    private mutating func sequence(_ node: YAMLNode, _ scope: Scope, list: String?) -> [PipelineValue] {
        var result: [PipelineValue] = []
        var isDone: Bool?
        for element in node.elements {
            if element.isMapping, element.entries.count == 1, let key = element.entries.first?.key,
                let content = element.entries.first?.value, let directive = Directive(key.text)
            {
                let place = PipelineValue(.mapping([]), file: scope.file, line: key.line)
                for inner in scopes(directive, scope, isDone: &isDone, at: place) {
                    let found = value(content, inner, list: list)
                    result += found.isSequence ? found.elements : [found]
                }
                continue
            }
            isDone = nil
            let found = value(element, scope, list: nil)
            if let list, found["template"] != nil {
                result += include(found, scope, list: list)?.elements ?? []
            } else if element.isScalar, found.isSequence {
                // A list from a parameter.
                result += found.elements
            } else {
                result.append(found)
            }
        }
        return result
    }
}
