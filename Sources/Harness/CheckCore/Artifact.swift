import HarnessSupport

/// A file of the repository under check.
public struct Artifact: Hashable, Sendable {
    /// Relative to the repository's root, with `/` between its parts.
    public let path: String
    public let kind: ArtifactKind
    public let syntax: ArtifactSyntax

    public init(path: String, kind: ArtifactKind, syntax: ArtifactSyntax) {
        self.path = path
        self.kind = kind
        self.syntax = syntax
    }

    /// The folder of the file; empty at the root.
    public var folder: String { path.parentPath }
}
