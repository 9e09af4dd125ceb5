import DocumentModels
import Foundation
import HarnessSupport
import Synchronization

/// The files to check, with their kinds.
public struct Repository: Sendable {
    /// Absolute path of the folder that all artifact paths are relative to.
    public let root: String
    /// Sorted by path.
    public let artifacts: [Artifact]
    /// Problems found during discovery, such as an unreadable folder or a broken link.
    public let problems: [Finding]
    /// Files with custom resource definitions that are not among the artifacts.
    package let definitions: [String]

    private let paths: Set<String>
    private let derived = OnceTable()

    public init(root: String, artifacts: [Artifact], problems: [Finding] = []) {
        self.init(root: root, artifacts: artifacts, problems: problems, definitions: [])
    }

    package init(root: String, artifacts: [Artifact], problems: [Finding], definitions: [String]) {
        self.root = root
        self.artifacts = artifacts
        self.problems = problems
        self.definitions = definitions
        self.paths = Set(artifacts.map(\.path))
    }

    public func artifacts(of kinds: ArtifactKind...) -> [Artifact] {
        artifacts.filter { kinds.contains($0.kind) }
    }

    /// Every Terraform module, by folder; parsed once for all checks.
    package var terraformModules: [String: TerraformModule] {
        once("terraformModules") { TerraformModule.all(in: self) }
    }

    /// Every Markdown page, by its path, parsed once.
    package var markdownPages: [String: MarkdownPage] {
        once("markdownPages") {
            Dictionary(
                uniqueKeysWithValues: artifacts(of: .markdown).map { ($0.path, MarkdownPage(text(of: $0.path) ?? "")) })
        }
    }

    /// Returns a value that is derived from the files; computes it on first use and caches it.
    ///
    /// - Parameter name: a unique cache key; all values under one key have the same type.
    public func once<Value: Sendable>(_ name: String, _ make: () -> Value) -> Value {
        let kept = derived.value(of: name, make)
        guard let value = kept as? Value else { preconditionFailure("`\(name)` is kept as a \(type(of: kept))") }
        return value
    }

    public func contains(_ path: String) -> Bool { paths.contains(path) }

    /// Whether `folder` contains an artifact.
    public func containsFolder(_ folder: String) -> Bool {
        folder.isEmpty || artifacts.contains { $0.path.hasPrefix(folder + "/") }
    }

    public func absolute(_ path: String) -> String { root.appendingPath(path) }

    /// The file's bytes, `nil` when it cannot be read.
    public func bytes(of path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: absolute(path)).map { [UInt8]($0) }
    }

    /// The file's text without a byte order mark, with malformed UTF-8 replaced; `nil` when it cannot be read.
    public func text(of path: String) -> String? {
        bytes(of: path).map { String(decoding: $0.withoutByteOrderMark, as: UTF8.self) }
    }

    /// The YAML file's documents, `nil` when it cannot be read or parsed: the check `yaml` reports why.
    package func yaml(_ path: String) -> YAMLTree? { bytes(of: path).flatMap { try? YAMLTree($0) } }

    /// The Terraform file's blocks, `nil` when it cannot be read or parsed: the check `terraform-fmt` reports why.
    package func hcl(_ path: String) -> HCLBody? { text(of: path).flatMap { try? HCLBody(parsing: $0) } }

    /// Whether a file is text in UTF-8; one that cannot be read counts as such.
    package func isText(_ path: String) -> Bool {
        bytes(of: path).map { !$0.contains(0) && String(validating: $0, as: UTF8.self) != nil } ?? true
    }

    /// Configuration files named `name` that govern `path`: in its folder and in every folder above it.
    package func configurations(named name: String, for path: String) -> [String] {
        var folders = [path.parentPath]
        while let folder = folders.last, !folder.isEmpty { folders.append(folder.parentPath) }
        return folders.map { $0.appendingPath(name) }.filter(contains)
    }
}

/// Values by name, each created on first use.
private final class OnceTable: Sendable {
    private let boxes = Mutex<[String: OnceBox<any Sendable>]>([:])

    func value(of name: String, _ make: () -> any Sendable) -> any Sendable {
        let box = boxes.withLock { boxes in
            let box = boxes[name] ?? OnceBox<any Sendable>()
            boxes[name] = box
            return box
        }
        return box.value(make)
    }
}
