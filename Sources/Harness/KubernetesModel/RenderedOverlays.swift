import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// The rendered objects of each overlay, built once in a run for all checks and rules.
package actor RenderedOverlays {
    package enum Rendering: Sendable {
        case objects([KubeObject], warnings: String)
        case refused(String)
    }

    private var running: [String: Task<Rendering, any Error>] = [:]
    /// Renderings of a repository that differs in one file, so that its other overlays are not built again.
    private let known: (repository: Repository, except: String)?

    init() { known = nil }

    package init(besides path: String, of repository: Repository) { known = (repository, path) }

    /// - Throws: `Skipped` for an overlay that needs more than the repository; `Tool.Missing`.
    package func rendering(of overlay: Kustomization, in context: CheckContext) async throws -> Rendering {
        if let known, !context.repository.kustomizations.files(of: overlay).contains(known.except) {
            return try await known.repository.renderings.rendering(
                of: overlay, in: CheckContext(repository: known.repository, toolbox: context.toolbox))
        }
        if let task = running[overlay.path] { return try await task.value }
        let task = Task { try await Self.build(overlay, context) }
        running[overlay.path] = task
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private static func build(_ overlay: Kustomization, _ context: CheckContext) async throws -> Rendering {
        let repository = context.repository
        let all = repository.kustomizations
        for part in all.closure(of: overlay) {
            if let entry = part.entries.first(where: { $0.use == .remote }) {
                throw Skipped("\(part.path) line \(entry.line) needs \(entry.text), which is not in the repository")
            }
        }
        let cache = RenderCache(of: overlay, context)
        let text: RenderCache.Text
        if let kept = cache.text {
            text = kept
        } else {
            let output = try await Command(
                try await context.path(of: .kubectl), ["kustomize", overlay.path.parentPath.shownPath],
                folder: repository.root
            ).run()
            guard output.isSuccess else { return .refused(output.stderr) }
            text = RenderCache.Text(objects: output.stdout, warnings: output.stderr)
            cache.keep(text)
        }
        let tree = try YAMLTree(Array(text.objects.utf8))
        let sources = ManifestSources(of: overlay, among: all, in: repository)
        return .objects(KubeObject.all(in: tree, path: overlay.path, sources: sources), warnings: text.warnings)
    }
}

/// What kubectl printed for an overlay, kept by its version and by the content of every file that the overlay takes.
private struct RenderCache {
    struct Text: Codable {
        let objects, warnings: String
    }

    private let folder: String
    private let file: String

    init(of overlay: Kustomization, _ context: CheckContext) {
        let repository = context.repository
        let files = repository.kustomizations.files(of: overlay).sorted().map {
            "\($0) \(Digest(file: repository.absolute($0))?.hex ?? "absent")"
        }
        let parts = [context.toolbox.identity(of: .kubectl), overlay.path] + files
        folder = context.toolbox.home.cache.appendingPath("renders")
        file = folder.appendingPath("\(Digest.of(Array(parts.joined(separator: "\0").utf8)).hex).json")
    }

    var text: Text? {
        FileManager.default.contents(atPath: file).flatMap { try? JSONDecoder().decode(Text.self, from: $0) }
    }

    /// A text that cannot be kept is only made again next time.
    func keep(_ text: Text) {
        guard let data = try? JSONEncoder().encode(text) else { return }
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? data.write(to: URL(fileURLWithPath: file), options: .atomic)
        FileManager.default.removeFiles(in: folder, olderThan: 30)
    }
}
