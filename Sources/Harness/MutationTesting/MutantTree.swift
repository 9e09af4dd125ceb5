import CheckCore
import Foundation
import HarnessSupport

/// A copy of the repository in which one mutant at a time is applied: the work tree itself is never written to.
package struct MutantTree: Sendable {
    package let root: String
    /// As the copy was made.
    package let sound: Repository

    /// Copies what git tracks or would track.
    init(of repository: Repository, at root: String) throws {
        self.root = root
        for artifact in repository.artifacts {
            let target = root.appendingPath(artifact.path)
            try FileManager.default.createDirectory(atPath: target.parentPath, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: repository.absolute(artifact.path), toPath: target)
        }
        sound = Repository(root: root, artifacts: repository.artifacts)
    }

    /// Runs `body` on the repository with the mutant in it, then puts the file back.
    ///
    /// - Throws: `HarnessError` where the file is not what the mutant was made from, or not the same afterwards.
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

    /// What the file is may depend on what it says. All that the others lead to is taken from the sound copy.
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
