import DocumentModels
import HarnessSupport

/// A folder with Terraform code: a reusable module, or a stack of modules.
package struct TerraformModule: Sendable {
    package let path: String
    /// The files that Terraform reads in and below the folder, without those of called modules.
    package let files: [String]
    /// Folders of the modules that it calls by a relative path.
    package let calls: [String]
    /// Constraints by provider address (`hashicorp/aws`).
    package let providers: [String: [String]]

    package var hasTests: Bool { files.contains { $0.hasSuffix(".tftest.hcl") } }

    /// Every module of the repository, by its folder.
    package static func all(in repository: Repository) -> [String: TerraformModule] {
        let code = repository.artifacts(of: .terraform)
        let all = Set(code.map(\.folder))
        // Modules below `tests/` are helpers of the parent module's tests and belong to it.
        let folders = all.filter { folder in
            guard let tests = "/\(folder)/".range(of: "/tests/") else { return true }
            return !all.contains(String("/\(folder)/"[..<tests.lowerBound].dropFirst()))
        }
        let belongings = repository.artifacts.filter { $0.kind != .markdown }
        var modules: [String: TerraformModule] = [:]
        for folder in folders {
            let files = belongings.map(\.path).filter { path in
                path.isWithin(folder) && owner(of: path, among: folders) == folder
            }
            var calls: Set<String> = []
            var providers: [String: [String]] = [:]
            for file in code where file.folder == folder {
                guard let text = repository.text(of: file.path), let body = try? HCLBody(parsing: text) else {
                    continue
                }
                for call in body.blocks("module") {
                    guard let source = call.body.string("source"), source.hasPrefix("."),
                        let target = folder.appendingPath(source).normalizedPath, folders.contains(target)
                    else { continue }
                    calls.insert(target)
                }
                for required in body.blocks("terraform").flatMap({ $0.body.blocks("required_providers") }) {
                    for provider in required.body.attributes {
                        guard let fields = try? HCLBody(parsing: String(provider.expression.dropFirst().dropLast())),
                            let source = fields.string("source")
                        else { continue }
                        providers[source, default: []].append(fields.string("version") ?? ">= 0")
                    }
                }
            }
            modules[folder] = TerraformModule(path: folder, files: files, calls: calls.sorted(), providers: providers)
        }
        return modules
    }

    /// The deepest module folder that contains a file.
    private static func owner(of path: String, among folders: Set<String>) -> String? {
        var folder = path.parentPath
        while !folders.contains(folder) {
            if folder.isEmpty { return nil }
            folder = folder.parentPath
        }
        return folder
    }
}

extension [String: TerraformModule] {
    /// The module and all modules that it calls, directly or indirectly.
    package func closure(of path: String) -> [TerraformModule] {
        var found: [String: TerraformModule] = [:]
        var open = [path]
        while let next = open.popLast() {
            guard found[next] == nil, let module = self[next] else { continue }
            found[next] = module
            open += module.calls
        }
        return found.values.sorted { $0.path < $1.path }
    }

    package func files(of path: String) -> [String] { closure(of: path).flatMap(\.files).sorted() }

    /// The constraints on each provider over the whole closure.
    package func providers(of path: String) -> [String: [String]] {
        closure(of: path).reduce(into: [:]) { $0.merge($1.providers, uniquingKeysWith: +) }
    }
}
