import Foundation

/// Durations and points in time, in nanoseconds.
enum CELTime {
    static func duration(_ text: String) -> Int? {
        let units: [Substring: Double] = [
            "h": 3_600e9, "m": 60e9, "s": 1e9, "ms": 1e6, "us": 1e3, "µs": 1e3, "μs": 1e3, "ns": 1,
        ]
        guard let match = text.wholeMatch(of: /([+-]?)((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:h|ms|m|s|us|µs|μs|ns))+|[+-]?0/)
        else { return nil }
        let parts = text.matches(of: /([0-9]+\.?[0-9]*|\.[0-9]+)(h|ms|m|s|us|µs|μs|ns)/)
        let sum = parts.reduce(0.0) { $0 + (Double($1.1) ?? 0) * (units[$1.2] ?? 0) }
        return Int(exactly: sum.rounded()).map { match.1 == "-" ? -$0 : $0 }
    }

    /// - Throws: `.unknown` for a time that 64 bits of nanoseconds cannot hold: before 1677 or after 2262.
    static func timestamp(_ text: String) throws(CELFailure) -> Int? {
        guard
            let match = text.wholeMatch(
                of: /(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)/),
            let date = try? Date("\(match.1)\(match.3)".uppercased(), strategy: .iso8601)
        else { return nil }
        let fraction = match.2.flatMap { Double("0\($0)") } ?? 0
        let (whole, isBeyond) = Int(date.timeIntervalSince1970).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isBeyondSum) = whole.addingReportingOverflow(Int((fraction * 1e9).rounded()))
        if isBeyond || isBeyondSum { throw .unknown("the time \(text) is too far from now") }
        return sum
    }

    static func text(ofDuration value: Int) -> String {
        let seconds = Double(value) / 1e9
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s"
    }

    static func text(ofTimestamp value: Int) -> String {
        Date(timeIntervalSince1970: Double(value) / 1e9).formatted(.iso8601)
    }

    static func part(_ name: String, ofDuration value: Int) -> CELValue? {
        switch name {
        case "getHours": .int(value / 3_600_000_000_000)
        case "getMinutes": .int(value / 60_000_000_000)
        case "getSeconds": .int(value / 1_000_000_000)
        case "getMilliseconds": .int(value / 1_000_000 % 1_000)
        default: nil
        }
    }

    static func part(
        _ name: String, ofTimestamp value: Int, _ arguments: [CELValue]
    ) throws(CELFailure) -> CELValue? {
        guard name.hasPrefix("get") else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        let zone = arguments.first?.text ?? "UTC"
        guard let found = TimeZone(identifier: zone) else { throw .error("unknown time zone \(zone)") }
        calendar.timeZone = found
        let date = Date(timeIntervalSince1970: Double(value) / 1e9)
        let part = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
        switch name {
        case "getFullYear": return part.year.map(CELValue.int)
        case "getMonth": return part.month.map { .int($0 - 1) }
        case "getDate": return part.day.map(CELValue.int)
        case "getDayOfMonth": return part.day.map { .int($0 - 1) }
        case "getDayOfWeek": return part.weekday.map { .int($0 - 1) }
        case "getDayOfYear": return calendar.ordinality(of: .day, in: .year, for: date).map { .int($0 - 1) }
        case "getHours": return part.hour.map(CELValue.int)
        case "getMinutes": return part.minute.map(CELValue.int)
        case "getSeconds": return part.second.map(CELValue.int)
        case "getMilliseconds": return .int(value / 1_000_000 % 1_000)
        default: return nil
        }
    }
}
