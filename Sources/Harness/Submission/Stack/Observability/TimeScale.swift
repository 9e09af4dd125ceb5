import HarnessSupport

/// Faster time: divides a rule's windows, waits and intervals by one factor, and changes nothing else.
struct TimeScale: Sendable {
    let factor: Int

    /// `5m` becomes `5s` at 60.
    func duration(_ text: String) -> String {
        guard text.wholeMatch(of: /(\d+(ms|[smhdw]))+/) != nil else { return text }
        let units = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000]
        let milliseconds = text.matches(of: /(\d+)(ms|[smhdw])/).reduce(0) { sum, part in
            sum + (Int(part.1) ?? 0) * (units[String(part.2)] ?? 0)
        }
        return milliseconds == 0 ? text : "\(max(1, milliseconds / factor))ms"
    }

    /// Ranges and offsets of an expression.
    func expression(_ text: String) -> String {
        text.replacing(/(\[|\boffset\s+)((?:\d+(?:ms|[smhdw]))+)/) { "\($0.1)\(duration(String($0.2)))" }
    }

    /// A group of rules, or a part of Alertmanager's configuration.
    func applied(to value: JSONValue) -> JSONValue {
        switch value {
        case .array(let values): return .array(values.map(applied))
        case .object(let fields):
            return .object(
                Dictionary(
                    uniqueKeysWithValues: fields.map { key, value in
                        guard let text = value.string else { return (key, applied(to: value)) }
                        switch key {
                        case "expr": return (key, .string(expression(text)))
                        case "for", "keep_firing_for", "interval", "group_wait", "group_interval", "repeat_interval":
                            return (key, .string(duration(text)))
                        default: return (key, value)
                        }
                    }))
        default: return value
        }
    }
}
