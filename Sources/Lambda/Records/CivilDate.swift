/// A day of the proleptic Gregorian calendar.
public struct CivilDate: Comparable, Sendable {
    /// Days since 1970-01-01.
    public let days: Int64

    public init(days: Int64) { self.days = days }

    /// The algorithm is Howard Hinnant's `days_from_civil`: years start in March, so that the leap day comes last.
    public init(_ year: Int, _ month: Int, _ day: Int) {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        days = Int64(era * 146_097 + dayOfEra - 719_468)
    }

    public var components: (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    public static func < (one: CivilDate, other: CivilDate) -> Bool { one.days < other.days }

    /// Reads `YYYY-MM-DD`, nothing else.
    ///
    /// - Returns: `nil` when it is not a day of the calendar from year 1 on.
    static func parse(_ bytes: UnsafePointer<UInt8>, count: Int) -> CivilDate? {
        guard count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        var isValid = true
        func digit(_ index: Int) -> Int {
            let value = bytes[index] &- UInt8(ascii: "0")
            if value > 9 { isValid = false }
            return Int(value)
        }
        let year = ((digit(0) * 10 + digit(1)) * 10 + digit(2)) * 10 + digit(3)
        let month = digit(5) * 10 + digit(6)
        let day = digit(8) * 10 + digit(9)
        guard isValid, year >= 1, month >= 1, month <= 12, day >= 1, day <= length(of: month, in: year) else {
            return nil
        }
        return CivilDate(year, month, day)
    }

    private static func length(of month: Int, in year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    }
}
