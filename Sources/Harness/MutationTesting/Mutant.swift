import HarnessSupport

/// One mistake in one place of one file.
public struct Mutant: Codable, Hashable, Sendable {
    public let kind: MutationKind
    /// The operator's name: `ingress-widened`.
    public let mutation: String
    public let path: String
    /// The number of the first changed line, counted from 1.
    public let line: Int
    /// The original lines.
    public let before: String
    /// The replacement; `nil` if the lines are deleted.
    public let after: String?

    enum CodingKeys: String, CodingKey {
        case kind, path, line, before, after
        case mutation = "operator"
    }

    /// The text with the mistake in it.
    ///
    /// - Throws: `HarnessError` if the text differs from the expected text at that line.
    func applied(to text: String) throws -> String {
        var lines = text.lines.map(String.init)
        let old = before.lines.map(String.init)
        let place = line - 1
        guard place >= 0, place + old.count <= lines.count, Array(lines[place..<place + old.count]) == old else {
            throw HarnessError("\(path):\(line) is not what the mutant \(mutation) changes")
        }
        lines.replaceSubrange(place..<place + old.count, with: after.map { $0.lines.map(String.init) } ?? [])
        return lines.joined(separator: "\n")
    }
}
