import CheckCore
import DocumentModels
import Foundation
import HarnessSupport

/// Checks that the tables in a Terraform module's README match its variables and outputs.
///
/// The check applies if the README has a section `## Inputs` or `## Outputs`.
struct ModuleDocumentation: Check {
    let name = "module-documentation"
    let summary = "a module's README lists exactly the variables and outputs of the module"
    let advice = Advice.everything

    func subjects(in repository: Repository) -> [Subject] {
        repository.terraformModules.values.compactMap { module in
            let readme = module.path.appendingPath("README.md")
            // terraform-docs writes and checks its own kind of table.
            guard let text = repository.text(of: readme), text.contains("\n## Inputs") || text.contains("\n## Outputs"),
                !text.contains("terraform-docs"), !text.contains("TF_DOCS")
            else { return nil }
            let code = module.files.filter { $0.parentPath == module.path && $0.hasSuffix(".tf") }
            return Subject(path: readme, inputs: [readme] + code)
        }.sorted { $0.path < $1.path }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let readme = context.repository.text(of: subject.path) ?? ""
            let blocks = subject.inputs.dropFirst().compactMap(context.repository.text)
                .compactMap { try? HCLBody(parsing: $0) }.flatMap(\.blocks)
            return compare(
                Self.inputs(blocks), with: MarkdownTable(in: readme, under: "## Inputs"), path: subject.path,
                what: "variable")
                + compare(
                    Self.outputs(blocks), with: MarkdownTable(in: readme, under: "## Outputs"), path: subject.path,
                    what: "output")
        }
    }

    private static func inputs(_ blocks: [HCLBlock]) -> [[String]] {
        blocks.filter { $0.type == "variable" }.map { block in
            let defaultValue = block.body.expression("default").map { "`\(folded($0))`" } ?? "_required_"
            return [
                "`\(block.labels.first ?? "")`", "`\(folded(block.body.expression("type") ?? "any"))`", defaultValue,
                block.body.string("description") ?? "",
            ]
        }
    }

    private static func outputs(_ blocks: [HCLBlock]) -> [[String]] {
        blocks.filter { $0.type == "output" }.map {
            ["`\($0.labels.first ?? "")`", $0.body.string("description") ?? ""]
        }
    }

    private static func folded(_ expression: String) -> String {
        expression.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private func compare(_ wanted: [[String]], with table: MarkdownTable?, path: String, what: String) -> [Finding] {
        guard let table else {
            return wanted.isEmpty
                ? []
                : [
                    Finding(
                        rule: "\(name)/no-table", path: path,
                        message: "the module has \(what)s, but the README has no table of them")
                ]
        }
        var findings: [Finding] = []
        let described = Dictionary(
            table.rows.map { ($0.cells.first ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        for cells in wanted {
            let row = "| " + cells.map { $0.replacingOccurrences(of: "|", with: "\\|") }.joined(separator: " | ") + " |"
            guard let actual = described[cells[0]] else {
                findings.append(
                    Finding(
                        rule: "\(name)/missing", path: path, line: table.line,
                        message: "the \(what) \(cells[0]) is not in the table",
                        remedy: "add the row: \(row)"))
                continue
            }
            if actual.cells != cells {
                findings.append(
                    Finding(
                        rule: "\(name)/differs", path: path, line: actual.line,
                        message: "the row of \(cells[0]) differs from the code",
                        remedy: "write: \(row)"))
            }
        }
        let names = Set(wanted.map { $0[0] })
        for row in table.rows where !names.contains(row.cells.first ?? "") {
            findings.append(
                Finding(
                    rule: "\(name)/extra", path: path, line: row.line,
                    message: "\(row.cells.first ?? "") is not an existing \(what) of this module",
                    remedy: "remove the row"))
        }
        return findings
    }

    var explanations: [String: String] {
        [
            "differs":
                "The row of the README differs from the variable or output in the code.",
            "extra":
                "The README has a row for a variable or output that the module does not have.",
            "missing":
                "A variable or an output has no row in the README.",
            "no-table":
                "The README lacks the table of inputs or outputs.",
        ]
    }

    var examples: [Example] {
        let code =
            "variable \"a\" {\n  description = \"What it is.\"\n  type        = string\n  default     = \"x\"\n}\n\noutput \"b\" {\n  description = \"What comes out.\"\n  value       = var.a\n}\n"
        let inputs = "# m\n\n## Inputs\n\n| Name | Type | Default | Description |\n|---|---|---|---|\n"
        let row = "| `a` | `string` | `\"x\"` | What it is. |\n"
        let outputs = "\n## Outputs\n\n| Name | Description |\n|---|---|\n| `b` | What comes out. |\n"
        return [
            .sound("tables that say what the code says", ["main.tf": code, "README.md": inputs + row + outputs]),
            .sound(
                "a table that terraform-docs writes",
                ["main.tf": code, "README.md": "<!-- BEGIN_TF_DOCS -->\n\n## Inputs\n\n| Name |\n|---|\n"]),
            .sound("a README that promises no tables", ["main.tf": code, "README.md": "# m\n"]),
            .broken(
                "a variable that the table lacks", ["main.tf": code, "README.md": inputs + outputs], triggers: "missing"
            ),
            .broken(
                "another default",
                [
                    "main.tf": code,
                    "README.md": inputs + row.replacingOccurrences(of: "\"x\"", with: "\"y\"") + outputs,
                ], triggers: "differs"),
            .broken(
                "a variable that is gone",
                ["main.tf": code, "README.md": inputs + row + "| `z` | `string` | _required_ | Z. |\n" + outputs],
                triggers: "extra"),
            .broken("no table of outputs", ["main.tf": code, "README.md": inputs + row], triggers: "no-table"),
        ]
    }
}

/// The first table under a heading.
private struct MarkdownTable {
    struct Row {
        let cells: [String]
        let line: Int
    }

    let line: Int
    var rows: [Row] = []

    init?(in text: String, under heading: String) {
        let lines = text.lines
        guard let start = lines.firstIndex(where: { $0.trimmingCharacters(in: .whitespaces) == heading }) else {
            return nil
        }
        line = start + 1
        var isTable = false
        for (index, line) in lines.enumerated().dropFirst(start + 1) {
            if line.hasPrefix("|") {
                isTable = true
                rows.append(Row(cells: Self.cells(line), line: index + 1))
            } else if isTable || line.hasPrefix("#") {
                break
            }
        }
        guard isTable else { return nil }
        rows = Array(rows.dropFirst(2))  // Header and ruler.
    }

    private static func cells(_ line: Substring) -> [String] {
        var cells: [String] = []
        var cell = ""
        var isEscaped = false
        for character in line.dropFirst() {
            if isEscaped {
                cell += character == "|" ? "|" : "\\\(character)"
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "|" {
                cells.append(cell.trimmingCharacters(in: .whitespaces))
                cell = ""
            } else {
                cell.append(character)
            }
        }
        return cells
    }
}
