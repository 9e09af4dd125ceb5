import DocumentModels
import HarnessSupport

/// Finds undeclared names in a module's code without providers, which `terraform validate` needs.
package struct TerraformReferences {
    private let module: TerraformModule
    private let modules: [String: TerraformModule]
    private let repository: Repository

    package init(of module: TerraformModule, among modules: [String: TerraformModule], in repository: Repository) {
        (self.module, self.modules, self.repository) = (module, modules, repository)
    }

    /// Empty if a file cannot be parsed, because its declarations are unknown.
    package func findings(rule: String) -> [Finding] {
        guard let bodies = bodies(of: module) else { return [] }
        let declared = Declared(bodies.map(\.body), calls: outputs)
        return bodies.flatMap { path, body in
            body.blocks.filter { !["moved", "removed", "terraform"].contains($0.type) }
                .flatMap { unknownArguments($0) + declared.missing(in: $0.body) }
                .map { Finding(rule: rule, path: path, line: $0.line, message: $0.message) }
        }
    }

    private func bodies(of module: TerraformModule) -> [(path: String, body: HCLBody)]? {
        let own = module.files.filter { $0.parentPath == module.path }
        guard !own.contains(where: { $0.hasSuffix(".tf.json") }) else { return nil }
        let code = own.filter { $0.hasSuffix(".tf") }
        let bodies = code.compactMap { path in
            repository.hcl(path).map { (path, $0) }
        }
        return bodies.count == code.count ? bodies : nil
    }

    /// The module of this repository that a block calls.
    private func called(by call: HCLBlock) -> [HCLBody]? {
        guard call.type == "module", let source = call.body.string("source"), source.hasPrefix("."),
            let target = module.path.appendingPath(source).normalizedPath.flatMap({ modules[$0] })
        else { return nil }
        return bodies(of: target)?.map(\.body)
    }

    private func outputs(of call: HCLBlock) -> Set<String>? {
        called(by: call).map { Set($0.flatMap { $0.blocks("output") }.compactMap(\.labels.first)) }
    }

    private func unknownArguments(_ block: HCLBlock) -> [(line: Int, message: String)] {
        guard let target = called(by: block) else { return missingModule(block).map { [$0] } ?? [] }
        let known = Set(target.flatMap { $0.blocks("variable") }.compactMap(\.labels.first))
            .union(["source", "version", "providers", "count", "for_each", "depends_on"])
        return block.body.attributes.filter { !known.contains($0.name) }.map {
            ($0.line, "the module has no variable \($0.name)")
        }
    }

    /// A missing folder of this repository that a block calls.
    private func missingModule(_ block: HCLBlock) -> (line: Int, message: String)? {
        guard block.type == "module", let place = block.body.attributes.first(where: { $0.name == "source" }),
            let source = HCLBody.unquoted(place.expression), source.hasPrefix("./") || source.hasPrefix("../"),
            let target = module.path.appendingPath(source).normalizedPath, !repository.containsFolder(target)
        else { return nil }
        return (place.line, "there is no folder \(target)")
    }

    private struct Declared {
        private var names: Set<String> = []
        /// Outputs by module call; `nil` if the called module is not in the repository.
        private var outputs: [String: Set<String>?] = [:]
        /// `aws` of `aws_instance`: other names with an underscore may be variables of a block or a loop.
        private var providers: Set<Substring> = []

        init(_ bodies: [HCLBody], calls: (HCLBlock) -> Set<String>?) {
            for block in bodies.flatMap(\.blocks) {
                let label = block.labels.first ?? ""
                switch block.type {
                case "variable": names.insert("var.\(label)")
                case "locals": names.formUnion(block.body.attributes.map { "local.\($0.name)" })
                case "module": outputs.updateValue(calls(block), forKey: label)
                case "resource": names.insert(block.labels.joined(separator: "."))
                case "check": for data in block.body.blocks("data") { insert(data) }
                default: insert(block)
                }
                if ["resource", "data"].contains(block.type) { providers.insert(label.prefix { $0 != "_" }) }
            }
        }

        private mutating func insert(_ block: HCLBlock) {
            names.insert(([block.type] + block.labels).joined(separator: "."))
        }

        func missing(in body: HCLBody) -> [(line: Int, message: String)] {
            body.attributes.flatMap { attribute in
                HCLTraversal.all(in: attribute.expression).compactMap { found in
                    problem(found.names).map { (attribute.line + found.line, $0) }
                }
            } + body.blocks.flatMap { missing(in: $0.body) }
        }

        private func problem(_ way: [String]) -> String? {
            guard way.count > 1 else { return nil }
            func undeclared(_ count: Int) -> String? {
                let name = way.prefix(count).joined(separator: ".")
                return way.count < count || names.contains(name) ? nil : "\(name) is not declared in this module"
            }
            switch way[0] {
            case "var", "local": return undeclared(2)
            case "data": return undeclared(3)
            case "module":
                guard let call = outputs[way[1]] else { return "no module \(way[1]) is called here" }
                guard let known = call, way.count > 2, !known.contains(way[2]) else { return nil }
                return "the module \(way[1]) has no output \(way[2])"
            default:
                let isType = way[0].contains("_") && providers.contains(way[0].prefix { $0 != "_" })
                return isType && !["key", "value"].contains(way[1]) ? undeclared(2) : nil
            }
        }
    }
}
