import Foundation
import Synchronization

/// The files under check and what each of them is.
public struct Repository: Sendable {
    /// Absolute path of the folder that all artifact paths are relative to.
    public let root: String
    /// Sorted by path.
    public let artifacts: [Artifact]
    /// What could not be read while looking: an unreadable folder, a link that leads nowhere.
    public let problems: [Finding]

    private let paths: Set<String>
    private let modules = OnceBox<[String: TerraformModule]>()
    private let kustomizationsOnce = OnceBox<Kustomizations>()
    private let markdownOnce = OnceBox<[String: MarkdownPage]>()
    let definitionsOnce = OnceBox<[String]>()
    let sceneSubjectsOnce = OnceBox<[Subject]>()
    let plainObjectsOnce = OnceTable<PlainObjects>()
    let renderings: RenderedOverlays

    public init(root: String, artifacts: [Artifact], problems: [Finding] = []) {
        self.init(root: root, artifacts: artifacts, problems: problems, renderings: RenderedOverlays())
    }

    init(root: String, artifacts: [Artifact], problems: [Finding] = [], renderings: RenderedOverlays) {
        self.renderings = renderings
        self.root = root
        self.artifacts = artifacts
        self.problems = problems
        self.paths = Set(artifacts.map(\.path))
    }

    public func artifacts(of kinds: ArtifactKind...) -> [Artifact] {
        artifacts.filter { kinds.contains($0.kind) }
    }

    /// Every Terraform module, by its folder. Parsed once, though several checks ask.
    var terraformModules: [String: TerraformModule] { modules.value { TerraformModule.all(in: self) } }

    /// Every kustomization, parsed once.
    var kustomizations: Kustomizations { kustomizationsOnce.value { Kustomizations(in: self) } }

    /// Every Markdown page, by its path, parsed once.
    var markdownPages: [String: MarkdownPage] {
        markdownOnce.value {
            Dictionary(
                uniqueKeysWithValues: artifacts(of: .markdown).map { ($0.path, MarkdownPage(text(of: $0.path) ?? "")) })
        }
    }

    public func contains(_ path: String) -> Bool { paths.contains(path) }

    /// Whether some artifact lies below `folder`.
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

    /// Whether a file is text in UTF-8; one that cannot be read counts as such.
    func isText(_ path: String) -> Bool {
        bytes(of: path).map { !$0.contains(0) && String(validating: $0, as: UTF8.self) != nil } ?? true
    }

    /// Configuration files named `name` that govern `path`: in its folder and in every folder above it.
    func configurations(named name: String, for path: String) -> [String] {
        var folders = [path.parentPath]
        while let folder = folders.last, !folder.isEmpty { folders.append(folder.parentPath) }
        return folders.map { $0.appendingPath(name) }.filter(contains)
    }
}

/// Values by name, each made when it is first asked for.
final class OnceTable<Value: Sendable>: Sendable {
    private let boxes = Mutex<[String: OnceBox<Value>]>([:])

    func value(of name: String, _ make: () -> Value) -> Value {
        let box = boxes.withLock { boxes in
            let box = boxes[name] ?? OnceBox<Value>()
            boxes[name] = box
            return box
        }
        return box.value(make)
    }
}

/// A value that is made when it is first asked for.
final class OnceBox<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)

    func value(_ make: () -> Value) -> Value {
        made.withLock { made in
            let value = made ?? make()
            made = value
            return value
        }
    }
}
