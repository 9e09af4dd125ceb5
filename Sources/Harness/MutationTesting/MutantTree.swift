import CheckCore
import Foundation
import HarnessSupport
import KubernetesModel

/// A copy of the repository to which one mutant at a time is applied. The work tree itself is never modified.
package struct MutantTree: Sendable {
    package let root: String
    /// The unmodified copy.
    package let sound: Repository

    /// Copies all files that git does not ignore.
    init(of repository: Repository, at root: String) throws {
        self.root = root
        for artifact in repository.artifacts {
            let target = root.appendingPath(artifact.path)
            try FileManager.default.createDirectory(atPath: target.parentPath, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: repository.absolute(artifact.path), toPath: target)
        }
        sound = Repository(root: root, artifacts: repository.artifacts)
    }

    /// Applies the mutant, runs `body`, and restores the file.
    ///
    /// - Throws: `HarnessError` if the file differs from the mutant's source, or changed during `body`.
    func with<Result>(_ mutant: Mutant, _ body: (Repository) async throws -> Result) async throws -> Result {
        let file = URL(fileURLWithPath: root.appendingPath(mutant.path))
        let original = try Data(contentsOf: file)
        let changed = try mutant.applied(to: String(decoding: original, as: UTF8.self))
        try Data(changed.utf8).write(to: file)
        let result = await Swift.Result { try await body(repository(changing: mutant.path, to: changed)) }
        try original.write(to: file)
        guard let restored = Digest(file: file.path), restored == Digest.of(original) else {
            throw HarnessError("\(mutant.path) could not be put back in the copy")
        }
        return try result.get()
    }

    /// The kind of the file may depend on its contents. Values derived from other files come from the unmodified copy.
    private func repository(changing path: String, to text: String) -> Repository {
        let repository = Repository(
            root: root,
            artifacts: sound.artifacts.map { artifact in
                artifact.path == path ? Classifier.classify(path: path) { Array(text.utf8) } : artifact
            })
        repository.keep(RenderedOverlays(besides: path, of: sound))
        return repository
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
