import TestSupport
import Testing

/// A fact of this repository, broken in a copy, and what has to notice it.
struct Break: Sendable, CustomTestStringConvertible {
    let id: BreakID
    /// What the checks need to judge it: a folder or a file.
    let needs: String
    /// The module, stack or file whose checks are run.
    let scope: String
    let file: String
    let text: String
    let replacement: String
    /// The run of the Terraform tests that fails; else the rule: a validation fails outside of every run.
    let notices: String
    var testDescription: String { "\(id)" }

    /// In a stack, which is tested with all modules.
    static func stack(
        id: BreakID, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        let scope = "terraform/stacks/\(id.component)"
        return Break(
            id: id, needs: "terraform", scope: scope, file: "\(scope)/\(file)", text: text, replacement: replacement,
            notices: notices)
    }

    /// In a module, which is tested by itself.
    static func module(
        id: BreakID, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        let scope = "terraform/modules/\(id.component)"
        return Break(
            id: id, needs: scope, scope: scope, file: "\(scope)/\(file)", text: text, replacement: replacement,
            notices: notices)
    }

    static func file(
        id: BreakID, _ file: String, in folder: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(id: id, needs: folder, scope: folder, file: file, text: text, replacement: replacement, notices: notices)
    }
}
