import HarnessSupport
import Yams

/// Who may do what: the rows of `permissions.yaml`.
struct PermissionTable: Sendable {
    enum Means: String, Codable, Sendable {
        /// Made on the emulator.
        case call
        /// Decided from the policies read back, because the emulator lacks the call or a key of the condition.
        case evaluation
    }

    enum Expectation: String, Codable, Sendable { case allowed, denied }

    struct Row: Codable, Sendable {
        let principal: String
        let action: String
        /// With placeholders for what is known only once the stack is up, for example `{private}/kept.txt`.
        let resource: String
        let expected: Expectation
        let by: Means
        /// What the request carries in addition to credentials: values of condition keys.
        let with: [String: String]?
        let why: String?
    }

    /// The rows by the part of the stack that they are about, in the order of the file.
    let groups: [String: [Row]]

    static let path = "permissions.yaml"

    /// - Throws: `HarnessError` for a table that does not parse.
    init(_ text: String) throws {
        do {
            groups = try YAMLDecoder().decode([String: [Row]].self, from: text)
        } catch {
            throw HarnessError(
                "\(Self.path) is not a table of permissions: \(error)", remedy: "compare it with its first rows")
        }
    }
}
