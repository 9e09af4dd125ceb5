#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A moment, in milliseconds since 1970, and the ways in which AWS writes it. Foundation is not needed for it.
struct Timestamp: Comparable, Sendable {
    let milliseconds: Int64

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Reads `2013-05-24T00:00:00Z`, with fractions of a second or without.
    init?(_ text: String) {
        let digits = text.split { !$0.isNumber }.compactMap { Int($0) }
        guard digits.count >= 6, text.last == "Z", (1970...9999).contains(digits[0]), (1...12).contains(digits[1]),
            (1...31).contains(digits[2]), digits[3...5].allSatisfy({ $0 <= 60 })
        else { return nil }
        let days = CivilDate(digits[0], digits[1], digits[2]).days
        milliseconds = (((days * 24 + Int64(digits[3])) * 60 + Int64(digits[4])) * 60 + Int64(digits[5])) * 1000
    }

    /// `20130524`
    var date: String {
        let (year, month, day) = CivilDate(days: milliseconds / 86_400_000).components
        return "\(year)\(Self.padded(month))\(Self.padded(day))"
    }

    /// `20130524T000000Z`
    var basic: String {
        let second = milliseconds / 1000 % 86_400
        return date + "T" + [second / 3600, second / 60 % 60, second % 60].map { Self.padded(Int($0)) }.joined() + "Z"
    }

    /// `2013-05-24T00:00:00.000Z`
    var extended: String {
        let (year, month, day) = CivilDate(days: milliseconds / 86_400_000).components
        let second = milliseconds / 1000 % 86_400
        let time = [second / 3600, second / 60 % 60, second % 60].map { Self.padded(Int($0)) }.joined(separator: ":")
        let fraction = milliseconds % 1000
        return "\(year)-\(Self.padded(month))-\(Self.padded(day))T\(time)."
            + "\(fraction < 100 ? "0" : "")\(fraction < 10 ? "0" : "")\(fraction)Z"
    }

    static func < (one: Timestamp, other: Timestamp) -> Bool { one.milliseconds < other.milliseconds }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
