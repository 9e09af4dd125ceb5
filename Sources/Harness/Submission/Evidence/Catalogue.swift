import DocumentModels

/// The asks of the exercises with their artifacts and proofs: `requirements.yaml`.
struct Catalogue: Sendable {
    static let file = "requirements.yaml"

    /// How many asks each exercise has, by the letter of its ids; X is the repository itself.
    static let ids: [String] = [("A", 18), ("B", 19), ("C", 7), ("D", 19), ("E", 10), ("X", 4)].flatMap {
        letter, count in
        (1...count).map { "\(letter)\($0)" }
    }

    struct Ask: Sendable {
        let id: String
        /// In our words.
        let text: String
        /// Files and folders.
        let artifacts: [(path: String, line: Int)]
        let proofs: [Proof]
        let blocker: Blocker?
        /// The missing part, if nothing answers the ask yet.
        let missing: String?
        let line: Int
    }

    struct Blocker: Codable, Hashable, Sendable {
        let reason: String
        let tried: String
        let around: String
    }

    let asks: [Ask]
    /// Problems of the file itself.
    let problems: [Problem]

    struct Problem: Sendable {
        let line: Int
        let message: String
        let remedy: String
    }

    /// - Throws: if the text is not valid YAML.
    init(_ bytes: [UInt8]) throws {
        var asks: [Ask] = []
        var problems: [Problem] = []
        for entry in try YAMLTree(bytes).documents.first?["asks"].elements ?? [] {
            let known: Set = ["id", "ask", "artifacts", "checked", "ran", "refused", "blocker", "missing"]
            for (key, _) in entry.entries where !known.contains(key.text) {
                problems.append(
                    Problem(
                        line: key.line, message: "unknown field `\(key.text)`",
                        remedy: "use \(known.sorted().joined(separator: ", "))"))
            }
            var blocker: Blocker?
            if let node = entry["blocker"] {
                if let reason = node["reason"]?.string, let tried = node["tried"]?.string,
                    let around = node["around"]?.string
                {
                    blocker = Blocker(reason: reason, tried: tried, around: around)
                } else {
                    problems.append(
                        Problem(
                            line: node.line, message: "a blocker needs the fields reason, tried and around",
                            remedy: "add the missing fields"))
                }
            }
            let proofs = Proof.Level.allCases.flatMap { level in
                entry[level.rawValue].elements.compactMap { node -> Proof? in
                    if let proof = Proof(node, level) { return proof }
                    problems.append(
                        Problem(
                            line: node.line, message: "`\(node.text)` is not a proof",
                            remedy: "name a check, or one of test, break, assertion, mutants"))
                    return nil
                }
            }
            asks.append(
                Ask(
                    id: entry["id"]?.text ?? "", text: entry["ask"]?.text ?? "",
                    artifacts: entry["artifacts"].elements.map { ($0.text, $0.line) }, proofs: proofs, blocker: blocker,
                    missing: entry["missing"]?.string, line: entry.line))
        }
        self.asks = asks
        self.problems = problems
    }
}
