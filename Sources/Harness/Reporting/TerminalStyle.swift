import Foundation

/// Whether text is coloured.
public struct TerminalStyle: Sendable {
    let isColoured: Bool

    public static let plain = TerminalStyle(isColoured: false)

    /// Colour on a terminal, unless `NO_COLOR` is set (no-color.org) or the terminal is dumb.
    public static func detect(descriptor: Int32) -> TerminalStyle {
        let variables = ProcessInfo.processInfo.environment
        let wantsNone = !(variables["NO_COLOR"] ?? "").isEmpty || variables["TERM"] == "dumb"
        return TerminalStyle(isColoured: isatty(descriptor) == 1 && !wantsNone)
    }

    public enum Role: String, Sendable {
        case error = "31"
        case warning = "33"
        case good = "32"
        case path = "1"
        case faint = "2"
    }

    public func paint(_ text: String, _ role: Role) -> String {
        isColoured ? "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m" : text
    }
}
