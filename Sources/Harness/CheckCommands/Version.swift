/// The version of this package.
package enum Version {
    /// Semantic version. Raise it with a release; the tag has the same number.
    static let number = "1.0.0"

    /// `1.0.0 (bae643e12345)`; without the commit where the package was built outside git.
    package static let text = commit.isEmpty ? number : "\(number) (\(commit))"
}
