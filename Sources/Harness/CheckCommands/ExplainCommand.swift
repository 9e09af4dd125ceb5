import ArgumentParser
import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import Reporting

package struct ExplainCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a rule: reason, source, examples, and how to suppress it.",
        discussion: """
            Without a rule, lists every check with its rules.

            Examples:
              harness explain
              harness explain k8s-probes/missing
              harness explain shellcheck/SC2086
              harness explain --write docs/rules   one page for each check
            """)

    @Argument(help: "A rule, or a check to explain all its rules.")
    var rule: String?

    @Option(
        help: ArgumentHelp("Folder to write the pages of all rules to.", valueName: "folder"), completion: .directory)
    var write: String?

    package init() {}

    package func run() throws {
        do {
            let catalogue = RuleCatalogue(Checks.all)
            if let write { return try Self.write(RulePages(Checks.all), to: write) }
            guard let rule else { return print(Self.list(catalogue)) }
            try catalogue.require(RulePattern(rule))
            let names = catalogue.rules.filter { RulePattern(rule).matches($0) }
            // A rule that only the tool knows.
            for name in names.isEmpty ? [rule] : names {
                guard let check = catalogue.check(of: name) else { continue }
                print("# \(name)\n\nPasses where \(check.summary).\n\n\(RuleExplanation(name, of: check).markdown)")
            }
        } catch let error as HarnessError {
            throw fail(error)
        }
    }

    private static func list(_ catalogue: RuleCatalogue) -> String {
        let rows = catalogue.checks.sorted { $0.name < $1.name }.map { check in
            [check.name, check.summary, check.ruleNames.map(\.lastPathPart).joined(separator: " ")]
        }
        return table([["CHECK", "PASSES WHERE", "RULES"]] + rows)
    }

    private static func write(_ pages: RulePages, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let old = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }
        for name in old where pages.files[name] == nil {
            try FileManager.default.removeItem(atPath: folder.appendingPath(name))
        }
        for (name, text) in pages.files {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.appendingPath(name)))
        }
    }
}
