/// The parts of an image's name: `registry.example.com/claims/report:1.2@sha256:…`.
package struct ImageReference: Sendable {
    package let repository: String
    let tag: String?
    let digest: String?

    package init(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1).map(String.init)
        digest = parts.count > 1 ? parts[1] : nil
        let name = parts.first ?? ""
        // A colon before the last slash belongs to the registry's port.
        if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") {
            repository = String(name[..<colon])
            tag = String(name[name.index(after: colon)...])
        } else {
            repository = name
            tag = nil
        }
    }

    /// `nil` for a name without a registry, which means Docker Hub or an image of the machine.
    var registry: String? {
        guard let slash = repository.firstIndex(of: "/") else { return nil }
        let first = repository[..<slash]
        return first.contains(".") || first.contains(":") || first == "localhost" ? String(first) : nil
    }

    package var isPinned: Bool {
        guard let digest, digest.hasPrefix("sha256:") else { return false }
        return digest.count == 71 && digest.dropFirst(7).allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }
}
