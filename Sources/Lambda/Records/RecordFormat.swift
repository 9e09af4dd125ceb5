/// How an object's records are written.
public enum RecordFormat: String, Sendable {
    case csv
    case jsonLines = "jsonl"

    /// By the name's ending, `.gz` aside.
    public init?(objectName: String) {
        var name = objectName.lowercased()[...]
        if name.hasSuffix(".gz") { name = name.dropLast(3) }
        if name.hasSuffix(".csv") {
            self = .csv
        } else if name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") {
            self = .jsonLines
        } else {
            return nil
        }
    }
}

/// Why an object as a whole cannot be read. Trying again would not help.
public enum FormatError: Error, Equatable, CustomStringConvertible {
    case wrongHeader(String)
    case notGzip(String)
    /// More output than S3 takes in one object made of parts that fit into memory.
    case tooLarge

    public var description: String {
        switch self {
        case .wrongHeader(let problem): "wrong header: \(problem)"
        case .notGzip(let problem): "not decodable: \(problem)"
        case .tooLarge: "too large: a result would need more than 10,000 parts"
        }
    }
}
