import CheckCore
import DocumentModels
import HarnessSupport

/// A value of a pipeline after its templates were expanded, with the place that it was written at.
package struct PipelineValue: Sendable {
    package let file: String
    package let line: Int
    package let content: Content

    package enum Content: Sendable {
        case scalar(String, YAMLNode.ValueType)
        case sequence([PipelineValue])
        case mapping([(key: String, value: PipelineValue)])
    }

    init(_ content: Content, file: String, line: Int) {
        self.content = content
        self.file = file
        self.line = line
    }

    /// A value of an expression, at the place of the expression.
    package init(_ text: String, _ type: YAMLNode.ValueType = .string, at place: PipelineValue) {
        self.init(.scalar(text, type), file: place.file, line: place.line)
    }

    package var entries: [(key: String, value: PipelineValue)] {
        if case .mapping(let entries) = content { return entries }
        return []
    }

    package var elements: [PipelineValue] {
        if case .sequence(let elements) = content { return elements }
        return []
    }

    var isMapping: Bool { if case .mapping = content { true } else { false } }
    var isSequence: Bool { if case .sequence = content { true } else { false } }

    /// What a scalar says, `nil` for a collection.
    package var text: String? {
        if case .scalar(let text, _) = content { return text }
        return nil
    }

    package var type: YAMLNode.ValueType {
        switch content {
        case .scalar(_, let type): type
        case .sequence: .array
        case .mapping: .object
        }
    }

    package subscript(_ names: String...) -> PipelineValue? {
        names.reduce(Optional(self)) { value, name in value?.entries.last { $0.key == name }?.value }
    }

    /// One text or a list of them, as `dependsOn` is written.
    var texts: [PipelineValue] { isSequence ? elements : (text?.isEmpty == false ? [self] : []) }

    /// All scalars, without keys.
    package var scalars: [PipelineValue] {
        switch content {
        case .scalar: [self]
        case .sequence(let elements): elements.flatMap(\.scalars)
        case .mapping(let entries): entries.flatMap(\.value.scalars)
        }
    }

    package var json: JSONValue {
        switch content {
        case .scalar(let text, .boolean): .bool(["true", "yes", "on"].contains(text.lowercased()))
        case .scalar(let text, .integer): YAMLScalar.integer(text).map { .number(Double($0)) } ?? .string(text)
        case .scalar(let text, .number): Double(text).map { .number($0) } ?? .string(text)
        case .scalar(_, .null): .null
        case .scalar(let text, _): .string(text)
        case .sequence(let elements): .array(elements.map(\.json))
        case .mapping(let entries):
            .object(Dictionary(entries.map { ($0.key, $0.value.json) }, uniquingKeysWith: { $1 }))
        }
    }

    /// The value at a JSON path such as `$.stages[0].jobs`, or at its longest existing part.
    package func at(jsonPath path: String) -> PipelineValue {
        path.matches(of: /\.([A-Za-z0-9_-]+)|\[(\d+)\]/).reduce(self) { here, step in
            if let key = step.1 { return here[String(key)] ?? here }
            guard let index = step.2.flatMap({ Int($0) }), here.elements.indices.contains(index) else { return here }
            return here.elements[index]
        }
    }
}

/// A problem of a pipeline, with its place.
package struct PipelineProblem: Error {
    let rule: String
    let file: String
    let line: Int
    let message: String
    var remedy: String?

    package init(_ rule: String, at place: PipelineValue, _ message: String, remedy: String? = nil) {
        self.init(rule, file: place.file, line: place.line, message, remedy: remedy)
    }

    package init(_ rule: String, file: String, line: Int, _ message: String, remedy: String? = nil) {
        (self.rule, self.file, self.line, self.message, self.remedy) = (rule, file, line, message, remedy)
    }

    func finding(_ check: String) -> Finding {
        Finding(rule: "\(check)/\(rule)", path: file, line: line, message: message, remedy: remedy)
    }
}
