import CheckCore
import DocumentModels
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
        let output = try await Command(
            try await context.path(of: .kubectl), ["kustomize", overlay.path.parentPath.shownPath],
            folder: repository.root
        ).run()
        guard output.isSuccess else { return .refused(output.stderr) }
        let tree = try YAMLTree(Array(output.stdout.utf8))
        let sources = ManifestSources(of: overlay, among: all, in: repository)
        return .objects(KubeObject.all(in: tree, path: overlay.path, sources: sources), warnings: output.stderr)
    }
}
