import HarnessSupport
import Yams

/// Who may do what: the rows of `permissions.yaml`.
struct PermissionTable: Sendable {
    enum Means: String, Codable, Sendable {
        /// Made on the emulator.
        case call
        /// Evaluated from the policies, because the emulator lacks the call or a condition key.
        case evaluation
    }

    enum Expectation: String, Codable, Sendable { case allowed, denied }

    struct Row: Codable, Sendable {
        let principal: String
        let action: String
        /// Resource with placeholders for names of the running stack, for example `{private}/kept.txt`.
        let resource: String
        let expected: Expectation
        let by: Means
        /// Values of condition keys that the request sends in addition to credentials.
        let with: [String: String]?
        let why: String?
    }

    /// The rows by part of the stack, in the order of the file.
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
