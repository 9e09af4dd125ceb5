/// Validates the schedule of a CronJob.
///
/// Sources: Kubernetes documentation, "CronJob", section "Schedule syntax"; robfig/cron 3, `standardParser`.
package enum CronSchedule {
    private static let fields: [(name: String, range: ClosedRange<Int>, words: [String])] = [
        ("minute", 0...59, []), ("hour", 0...23, []), ("day of the month", 1...31, []),
        ("month", 1...12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        ("day of the week", 0...6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    private static let names: Set<String> = [
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
    ]

    /// The error in the schedule; `nil` for a valid one.
    package static func problem(in schedule: String) -> String? {
        if schedule.hasPrefix("@") {
            return names.contains(schedule) || schedule.hasPrefix("@every ")
                ? nil : "\(schedule) is not a known schedule"
        }
        let parts = schedule.split(whereSeparator: \.isWhitespace)
        guard parts.count == fields.count else { return "it has \(parts.count) fields instead of five" }
        for (part, field) in zip(parts, fields) where !isGood(part, field.range, field.words) {
            return "'\(part)' is not a valid \(field.name)"
        }
        return nil
    }

    private static func isGood(_ part: Substring, _ range: ClosedRange<Int>, _ words: [String]) -> Bool {
        func number(_ text: Substring) -> Int? {
            if let place = words.firstIndex(of: text.lowercased()) { return place + range.lowerBound }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
        return part.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { item in
            let step = item.split(separator: "/", omittingEmptySubsequences: false)
            guard step.count <= 2, step.count == 1 || Int(step[1]).map({ $0 > 0 }) == true else { return false }
            if ["*", "?"].contains(step[0]) { return true }
            let ends = step[0].split(separator: "-", omittingEmptySubsequences: false).map(number)
            guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1] else { return false }
            return first <= last
        }
    }
}
