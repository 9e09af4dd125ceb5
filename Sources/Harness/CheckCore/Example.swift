/// A small set of files and the expected result of a check.
public struct Example: Sendable {
    /// A line of a file.
    public struct Place: Hashable, Sendable, CustomStringConvertible {
        public let path: String
        public let line: Int
        public var description: String { "\(path):\(line)" }
    }

    /// Marks a line that a finding must point at. The check reads the file without the mark.
    public static let mark: Character = "↓"

    /// As a sentence: "a variable without quotes is found".
    public let name: String
    public let files: [String: String]
    /// The short names of the rules that it triggers; empty for a sound example.
    public let triggers: Set<String>
    /// All lines that findings point at; empty if the example does not assert lines.
    public let places: Set<Place>

    package init(name: String, files: [String: String], triggers: Set<String>) {
        self.name = name
        self.triggers = triggers
        self.files = files.mapValues { text in text.filter { $0 != Self.mark } }
        places = Set(
            files.flatMap { path, text in
                text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
                    .filter { $0.element.contains(Self.mark) }
                    .map { Place(path: path, line: $0.offset + 1) }
            })
    }

    public static func sound(_ name: String, _ files: [String: String]) -> Example {
        Example(name: name, files: files, triggers: [])
    }

    public static func broken(_ name: String, _ files: [String: String], triggers: String...) -> Example {
        Example(name: name, files: files, triggers: Set(triggers))
    }
}
