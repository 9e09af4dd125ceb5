import CheckCore
import DocumentModels
import Foundation
import HarnessSupport

/// The arguments and attributes of a provider's resources and data sources, as `TerraformSchemaSource` stores them.
struct TerraformProviderSchema: Decodable, Sendable {
    /// Arguments of nested blocks, by an internal name.
    let structs: [String: [String: Argument]]
    let resource: [String: Kind]
    let data: [String: Kind]

    struct Kind: Decodable, Sendable {
        let arguments: [String: Argument]
        /// Readable attributes, in lower-case letters and digits, because the assembly uses camel case.
        let readable: Set<String>
    }

    struct Argument: Decodable, Sendable {
        let type: String
        let isRequired: Bool
        /// Must be a block. Other arguments of this shape may be a block or an attribute.
        let isBlock: Bool

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            type = try values.decode(String.self)
            let flags = try values.decode(String.self)
            (isRequired, isBlock) = (flags.contains("r"), flags.contains("B"))
        }

        /// The name of the block's content type.
        var inner: String? {
            type.firstIndex(of: "@").map { String(type[type.index(after: $0)...]) }
        }
        var isSingle: Bool { type.hasPrefix("@") }
    }
}

/// Compares a block of Terraform code with the schema of its provider.
struct TerraformBlockJudge {
    let schema: TerraformProviderSchema
    let path: String
    let rule: String

    /// Meta-arguments of every resource and data source.
    private static let meta: Set<String> = [
        "count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner",
    ]

    func findings(of block: HCLBlock) -> [Finding] {
        var findings = references(in: block.body)
        guard ["resource", "data"].contains(block.type), let type = block.labels.first else { return findings }
        if let kind = kind(block.type, type) {
            findings += judge(block.body, arguments: kind.arguments, of: type, at: block.line, isTop: true)
            findings += block.body.blocks("lifecycle").flatMap(lifecycle)
        } else if schema.resource.keys.first?.prefix(while: { $0 != "_" }) == type.prefix(while: { $0 != "_" }) {
            findings.append(finding("resource", block.line, "the provider has no \(block.type) \(type)"))
        }
        return findings
    }

    /// Source: Terraform documentation, The `lifecycle` meta-argument.
    private func lifecycle(_ block: HCLBlock) -> [Finding] {
        let known = ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"]
        return block.body.attributes.compactMap { attribute in
            if !known.contains(attribute.name) {
                return finding("unknown", attribute.line, "lifecycle has no argument \(attribute.name)")
            }
            guard attribute.name == "ignore_changes", attribute.expression != "all",
                let problem = TerraformLiteral(attribute.expression).problem(for: "Ls")
            else { return nil }
            return finding("type", attribute.line, "ignore_changes \(problem)")
        }
    }

    private func kind(_ block: String, _ type: String) -> TerraformProviderSchema.Kind? {
        (block == "data" ? schema.data : schema.resource)[type]
    }

    private func judge(
        _ body: HCLBody, arguments: [String: TerraformProviderSchema.Argument], of title: String, at line: Int,
        isTop: Bool
    ) -> [Finding] {
        var findings: [Finding] = []
        var present: [String: Int] = [:]
        for attribute in body.attributes where !(isTop && Self.meta.contains(attribute.name)) {
            present[attribute.name, default: 0] += 1
            guard let argument = arguments[attribute.name] else {
                findings.append(
                    finding(
                        "unknown", attribute.line, "\(title) has no argument \(attribute.name)",
                        near(attribute.name, arguments)))
                continue
            }
            if argument.isBlock {
                findings.append(
                    finding("block", attribute.line, "\(attribute.name) is a block: write it without `=`"))
            } else if let problem = TerraformLiteral(attribute.expression).problem(for: argument.type) {
                findings.append(finding("type", attribute.line, "\(attribute.name) \(problem)"))
            }
        }
        for block in body.blocks where !(isTop && Self.meta.contains(block.type)) {
            let isDynamic = block.type == "dynamic"
            let name = isDynamic ? block.labels.first ?? "" : block.type
            // A dynamic block may expand to any number of blocks, including none.
            present[name, default: 0] += isDynamic ? 0 : 1
            guard let argument = arguments[name] else {
                findings.append(finding("unknown", block.line, "\(title) has no block \(name)", near(name, arguments)))
                continue
            }
            guard let inner = argument.inner else {
                // A map may have been a block in an older version of the provider.
                if !argument.type.hasPrefix("M") {
                    findings.append(finding("block", block.line, "\(name) is an argument: write it with `=`"))
                }
                continue
            }
            if !isDynamic, argument.isBlock, argument.isSingle, present[name] == 2 {
                findings.append(finding("block", block.line, "\(title) takes one block \(name)"))
            }
            guard let fields = schema.structs[inner] else { continue }
            if isDynamic {
                for content in block.body.blocks("content") {
                    findings += judge(content.body, arguments: fields, of: name, at: content.line, isTop: false)
                }
            } else {
                findings += judge(block.body, arguments: fields, of: name, at: block.line, isTop: false)
            }
        }
        for (name, argument) in arguments.sorted(by: { $0.key < $1.key })
        where argument.isRequired && present[name] == nil {
            findings.append(
                finding(
                    "missing", line, "\(title) needs the \(argument.isBlock ? "block" : "argument") \(name)"))
        }
        return findings
    }

    /// Deprecated attributes, and what to read in every accepted version; the wheels hold no deprecations.
    ///
    /// Source: https://github.com/DataDog/terraform-aws-lambda-datadog/issues/48
    private static let deprecated = ["aws_region": ["name": "id"]]

    /// `azurerm_subnet.this.id` and `data.azurerm_subnet.this.id`.
    private func references(in body: HCLBody) -> [Finding] {
        body.attributes.flatMap { attribute in
            HCLTraversal.all(in: attribute.expression).compactMap { found -> Finding? in
                let isData = found.names.first == "data"
                let way = found.names.dropFirst(isData ? 1 : 0)
                guard way.count > 2, let type = way.first, let kind = kind(isData ? "data" : "resource", type) else {
                    return nil
                }
                let asked = way[way.startIndex + 2]
                let plain = asked.lowercased().filter { $0.isLetter || $0.isNumber }
                if let better = Self.deprecated[type]?[asked] {
                    var found = finding(
                        "deprecated", attribute.line + found.line, "\(type).\(asked) is deprecated", "read \(better)")
                    found.severity = .warning
                    return found
                }
                guard !kind.readable.contains(plain), kind.arguments[asked] == nil else { return nil }
                return finding("reference", attribute.line + found.line, "\(type) has no attribute \(asked)")
            }
        } + body.blocks.flatMap { references(in: $0.body) }
    }

    private func near(_ name: String, _ arguments: [String: TerraformProviderSchema.Argument]) -> String? {
        let words = Set(name.split(separator: "_"))
        let best = arguments.keys.filter { !words.isDisjoint(with: $0.split(separator: "_")) }.sorted()
        return best.isEmpty ? nil : "similar names: \(best.prefix(4).joined(separator: ", "))"
    }

    private func finding(_ rule: String, _ line: Int, _ message: String, _ remedy: String? = nil) -> Finding {
        Finding(rule: "\(self.rule)/\(rule)", path: path, line: line, message: message, remedy: remedy)
    }
}

/// A literal expression, whose type is known.
struct TerraformLiteral {
    private enum Form {
        case text(String)
        case number
        case boolean
        case list([String])
        case object
        case unknown
    }

    private let form: Form

    init(_ expression: String) {
        let text = expression.trimmingCharacters(in: .whitespacesAndNewlines)
        if let plain = HCLBody.unquoted(text), Self.closes(text), !plain.contains("%{") {
            form = .text(plain)
        } else if text == "true" || text == "false" {
            form = .boolean
        } else if text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?/) != nil {
            form = .number
        } else if text.hasPrefix("["), Self.closes(text), !Self.isLoop(text) {
            form = .list(Self.elements(of: text))
        } else if text.hasPrefix("{"), Self.closes(text), !Self.isLoop(text) {
            form = .object
        } else {
            form = .unknown
        }
    }

    private static func isLoop(_ text: String) -> Bool {
        text.dropFirst().drop { $0.isWhitespace }.hasPrefix("for ")
    }

    /// The elements of a list as written; none if a comment or a here-document makes them hard to tell apart.
    private static func elements(of text: String) -> [String] {
        if text.contains(/#|\/\/|\/\*|<</) { return [] }
        var (depth, isQuoted, isEscaped, found) = (0, false, false, [""])
        for character in text.dropFirst().dropLast() {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = isQuoted
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, "[{(".contains(character) {
                depth += 1
            } else if !isQuoted, "]})".contains(character) {
                depth -= 1
            } else if !isQuoted, depth == 0, character == "," {
                found.append("")
                continue
            }
            found[found.count - 1].append(character)
        }
        return found.filter { $0.contains { !$0.isWhitespace } }
    }

    /// Whether the last character closes the first bracket or quote.
    private static func closes(_ text: String) -> Bool {
        var (depth, isQuoted, isEscaped) = (0, false, false)
        for (offset, byte) in text.utf8.enumerated() {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isQuoted
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "(") {
                depth += 1
            } else if !isQuoted, byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: ")") {
                depth -= 1
            }
            if depth == 0, !isQuoted { return offset == text.utf8.count - 1 }
        }
        return false
    }

    /// Why Terraform cannot convert it to the type; `nil` if it can, or if that is unknown.
    func problem(for type: String) -> String? {
        let wanted = ["s": "a string", "n": "a number", "b": "true or false"][type]
        switch form {
        case .unknown: return nil
        case .list(let elements):
            if ["Ls", "Ln", "Lb"].contains(type) {
                return elements.lazy.compactMap { TerraformLiteral($0).problem(for: String(type.dropFirst())) }.first
                    .map { "has an element that \($0)" }
            }
            if type.hasPrefix("M") { return "is a list, not a map" }
            return wanted.map { "is a list, not \($0)" }
        case .object:
            if type.hasPrefix("L") { return "is an object, not a list" }
            return wanted.map { "is an object, not \($0)" }
        case .text(let text):
            if type == "n", text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/) == nil {
                return "is a text, not a number"
            }
            if type == "b", !["true", "false", "1", "0"].contains(text) { return "is a text, not true or false" }
            return scalar(type, "a text")
        case .number: return type == "b" ? "is a number, not true or false" : scalar(type, "a number")
        case .boolean: return type == "n" ? "is true or false, not a number" : scalar(type, "true or false")
        }
    }

    private func scalar(_ type: String, _ what: String) -> String? {
        if type.hasPrefix("L") { return "is \(what), not a list" }
        if type.hasPrefix("M") { return "is \(what), not a map" }
        return type.hasPrefix("@") ? "is \(what), not an object" : nil
    }
}
