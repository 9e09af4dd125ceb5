/// Paths here are relative to a repository's root and use `/`; these helpers never touch the disk.
extension String {
    /// The path for display: `.` for the root, whose path is empty.
    package var shownPath: String { isEmpty ? "." : self }

    package var lastPathPart: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        let part = self[utf8.index(after: slash)...]
        return part.isEmpty ? split(separator: "/").last.map(String.init) ?? self : String(part)
    }

    /// `a` of `a/b/c`, empty for a name without a folder.
    package var topFolder: String {
        guard let slash = utf8.firstIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(self[..<slash])
    }

    /// `a/b` of `a/b/c`, empty for a name without a folder.
    package var parentPath: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(self[..<slash])
    }

    /// The extension after the last dot, in lower case; empty without one.
    package var pathExtension: String {
        let name = lastPathPart
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }

    package func appendingPath(_ part: String) -> String {
        if isEmpty { return part }
        return hasSuffix("/") ? self + part : self + "/" + part
    }

    /// Resolves `.` and `..`. `nil` when the path leaves the root.
    package var normalizedPath: String? {
        var parts: [Substring] = []
        for part in split(separator: "/") {
            switch part {
            case ".": continue
            case "..":
                if parts.popLast() == nil { return nil }
            default: parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }

    /// Whether this path is `folder` or below it. The empty folder contains every path.
    package func isWithin(_ folder: String) -> Bool {
        folder.isEmpty || self == folder || hasPrefix(folder + "/")
    }
}
