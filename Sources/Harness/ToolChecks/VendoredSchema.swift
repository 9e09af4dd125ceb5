import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// A schema from check-jsonschema, relaxed where the service accepts more than the schema.
struct VendoredSchema {
    private(set) var root: JSONValue

    /// - Parameter name: the file's name, for example `github-workflows`.
    /// - Throws: `HarnessError` if the installed package has another layout.
    init(_ name: String, _ context: CheckContext) async throws {
        let library = try await context.path(of: .schema).parentPath.parentPath.appendingPath("lib")
        let pythons = FileManager.default.names(in: library)
        let paths = pythons.map {
            library.appendingPath($0).appendingPath(
                "site-packages/check_jsonschema/builtin_schemas/vendor/\(name).json")
        }
        guard let data = paths.lazy.compactMap({ FileManager.default.contents(atPath: $0) }).first,
            let root = JSONValue(parsing: String(decoding: data, as: UTF8.self))
        else {
            throw HarnessError(
                "check-jsonschema carries no schema \(name)", remedy: "run `harness doctor --fetch` to install it again"
            )
        }
        self.root = root
    }

    /// Relaxes GitHub's schema where it is stricter than GitHub.
    ///
    /// Source: GitHub's own parser, actions/languageservices, workflow-parser/src/workflow-v1.0.json: filters are a string
    /// or a list; `services`, `credentials` and `container` take an expression, `container` also nothing; `strategy` needs
    /// no matrix.
    mutating func acceptWhatGitHubDoes() {
        let text: JSONValue = .object(["type": .string("string")])
        root = root.mappingProperties { name, schema in
            switch name {
            // An input or a variable without a value is empty.
            case "with" where schema["$ref"] != nil, "env" where schema["$ref"] != nil:
                .object(["type": .array([.string("object"), .string("string"), .string("null")])])
            case "branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "credentials",
                "services":
                .object(["anyOf": .array([schema, text])])
            // A secret of a called workflow may have only a name.
            case "secrets": schema.allowingNothing
            case "container": .object(["anyOf": .array([schema, text, .object(["type": .string("null")])])])
            case "strategy":
                schema.object.map { .object($0.filter { $0.key != "required" }) } ?? schema
            default: schema
            }
        }
    }

    /// Resolves the keyword `ignoreCase` of Azure's schema for the names and values of a pipeline, because
    /// check-jsonschema does not support it.
    ///
    /// Source: microsoft/azure-pipelines-vscode, service-schema.json, which Microsoft's language server reads so. Every
    /// scalar reaches Azure as text, so that the pipeline's values are compared as texts.
    mutating func acceptWhatAzureDoes(for pipelines: [PipelineValue]) {
        var words: [String: Set<String>] = [:]
        for pipeline in pipelines { pipeline.collect(into: &words) }
        root = root.resolvingCase(words)
    }
}

extension PipelineValue {
    /// Every key and scalar, by its lower-case form.
    fileprivate func collect(into words: inout [String: Set<String>]) {
        for (key, value) in entries {
            words[key.lowercased(), default: []].insert(key)
            value.collect(into: &words)
        }
        for element in elements { element.collect(into: &words) }
        if let text, text.utf8.count < 100 { words[text.lowercased(), default: []].insert(text) }
    }

    /// Converts every scalar to a string, as Azure does; an empty value stays empty.
    var asTexts: JSONValue {
        switch content {
        case .scalar(_, .null): .null
        case .scalar(let text, _): .string(text)
        case .sequence(let elements): .array(elements.map(\.asTexts))
        case .mapping(let entries):
            .object(Dictionary(entries.map { ($0.key, $0.value.asTexts) }, uniquingKeysWith: { $1 }))
        }
    }
}

extension JSONValue {
    /// Forbids extra keys in each object with pattern properties.
    fileprivate var allowingNothing: JSONValue {
        guard case .object(var fields) = self, case .object(let patterns)? = fields["patternProperties"] else {
            return self
        }
        fields["patternProperties"] = .object(
            patterns.mapValues { .object(["anyOf": .array([$0, .object(["type": .string("null")])])]) })
        return .object(fields)
    }

    /// Applies `change` to each schema in `properties`.
    fileprivate func mappingProperties(_ change: (String, JSONValue) -> JSONValue) -> JSONValue {
        switch self {
        case .array(let values): return .array(values.map { $0.mappingProperties(change) })
        case .object(var fields):
            fields = fields.mapValues { $0.mappingProperties(change) }
            if case .object(let properties)? = fields["properties"] {
                fields["properties"] = .object(
                    Dictionary(uniqueKeysWithValues: properties.map { ($0.key, change($0.key, $0.value)) }))
            }
            return .object(fields)
        default: return self
        }
    }

    /// - Parameter words: the original spelling, by its lower-case form.
    fileprivate func resolvingCase(_ words: [String: Set<String>]) -> JSONValue {
        switch self {
        case .array(let values): return .array(values.map { $0.resolvingCase(words) })
        case .object(var fields):
            if case .object(var properties)? = fields["properties"] {
                for (name, schema) in properties where ["key", "all"].contains(schema["ignoreCase"]?.string ?? "") {
                    let names = [name] + (schema["aliases"]?.array ?? []).compactMap(\.string)
                    for used in names.flatMap({ words[$0.lowercased()] ?? [] }) where properties[used] == nil {
                        properties[used] = schema
                    }
                }
                fields["properties"] = .object(properties)
                // A required input may be written in another case.
                if case .array(let required)? = fields["required"] {
                    fields["required"] = .array(
                        required.filter { name in
                            guard let name = name.string else { return true }
                            let isOpen = ["key", "all"].contains(properties[name]?["ignoreCase"]?.string ?? "")
                            return !isOpen || (words[name.lowercased()] ?? []).subtracting([name]).isEmpty
                        })
                }
            }
            if ["value", "all"].contains(fields["ignoreCase"]?.string ?? "") {
                if case .array(let values)? = fields["enum"] {
                    let used = values.compactMap(\.string).flatMap { words[$0.lowercased()] ?? [] }
                    fields["enum"] = .array(
                        values + Set(used).subtracting(values.compactMap(\.string)).map(JSONValue.string))
                }
                if let pattern = fields["pattern"]?.string { fields["pattern"] = .string("(?i)" + pattern) }
            }
            switch fields["type"]?.string {
            case "boolean", "integer", "number":
                fields["type"] = .array([fields["type"] ?? .null, .string("string")])
            default: break
            }
            return .object(fields.mapValues { $0.resolvingCase(words) })
        default: return self
        }
    }
}
