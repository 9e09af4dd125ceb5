import CheckCore
import DocumentModels

/// Checks JSON as RFC 8259 defines it. Duplicate names are errors, because parsers disagree about which value wins.
struct JSONSyntax: Check {
    let name = "json"
    let summary = "JSON files parse and have no duplicate keys"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts.filter { $0.syntax == .json }.map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject in
            guard let bytes = context.repository.bytes(of: subject.path) else { return [Finding]() }
            var scanner = JSONScanner(bytes)
            return scanner.problems().map { problem in
                Finding(
                    rule: "\(name)/\(problem.rule)", path: subject.path, line: problem.line, column: problem.column,
                    message: problem.message)
            }
        }
    }

    var explanations: [String: String] {
        [
            "duplicate-key":
                "An object has a duplicate key. Readers disagree about which value wins. Source: RFC 8259, section 4",
            "syntax":
                "The file is not valid JSON. Source: RFC 8259",
        ]
    }

    var examples: [Example] {
        [
            .sound("values of every type", ["a.json": "{\"a\": [1, -2.5e3, \"\\u00e9\", true, false, null, {}]}\n"]),
            .sound("the same name in two objects", ["a.json": "[{\"a\": 1}, {\"a\": {\"a\": 2}}]\n"]),
            .broken("a name twice in one object", ["a.json": "{\"a\": 1,\n ↓\"a\": 2}\n"], triggers: "duplicate-key"),
            .broken("a comma too many", ["a.json": "{\"a\": 1,}\n"], triggers: "syntax"),
            .broken("something after the value", ["a.json": "{} {}\n"], triggers: "syntax"),
        ]
    }
}
