import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// What kustomize makes of each overlay: built once in a run, however many checks and rules ask.
package actor RenderedOverlays {
    package enum Rendering: Sendable {
        case objects([KubeObject], warnings: String)
        case refused(String)
    }

    private var running: [String: Task<Rendering, any Error>] = [:]
    /// A repository that differs in one file, whose other overlays need not be built again.
    private let known: (repository: Repository, except: String)?

    /// A folder that keeps what kustomize made, by what it made it from.
    private let cache: String?

    init() { (known, cache) = (nil, nil) }

    package init(besides path: String, of repository: Repository) { (known, cache) = ((repository, path), nil) }

    package init(cachedIn folder: String) { (known, cache) = (nil, folder) }

    /// - Throws: `Skipped` for an overlay that needs more than the repository; `Tool.Missing`.
    package func rendering(of overlay: Kustomization, in context: CheckContext) async throws -> Rendering {
        if let known, !context.repository.kustomizations.files(of: overlay).contains(known.except) {
            return try await known.repository.renderings.rendering(
                of: overlay, in: CheckContext(repository: known.repository, toolbox: context.toolbox))
        }
        if let task = running[overlay.path] { return try await task.value }
        let cache = cache
        let task = Task { try await Self.build(overlay, context, cache) }
        running[overlay.path] = task
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private static func build(
        _ overlay: Kustomization, _ context: CheckContext, _ cache: String?
    ) async throws -> Rendering {
        let repository = context.repository
        let all = repository.kustomizations
        for part in all.closure(of: overlay) {
            if let entry = part.entries.first(where: { $0.use == .remote }) {
                throw Skipped("\(part.path) line \(entry.line) needs \(entry.text), which is not in the repository")
            }
        }
        let sources = ManifestSources(of: overlay, among: all, in: repository)
        let kept = cache.map { $0.appendingPath("rendered-\(digest(of: all.files(of: overlay), in: repository)).yaml") }
        if let kept, let data = FileManager.default.contents(atPath: kept) {
            return .objects(
                KubeObject.all(in: try YAMLTree([UInt8](data)), path: overlay.path, sources: sources), warnings: "")
        }
        let output = try await Command(
            try await context.path(of: .kubectl), ["kustomize", overlay.path.parentPath.shownPath],
            folder: repository.root
        ).run()
        guard output.isSuccess else { return .refused(output.stderr) }
        if let kept { try? Data(output.stdout.utf8).write(to: URL(fileURLWithPath: kept), options: .atomic) }
        let tree = try YAMLTree(Array(output.stdout.utf8))
        return .objects(KubeObject.all(in: tree, path: overlay.path, sources: sources), warnings: output.stderr)
    }

    private static func digest(of files: [String], in repository: Repository) -> String {
        Digest.of(
            files.map { "\($0) \(Digest(file: repository.absolute($0))?.hex ?? "")" }.joined(separator: "\n").utf8
        ).hex
    }
}
