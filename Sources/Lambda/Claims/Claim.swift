/// One claim: the fields that something is derived from, and what is derived.
struct Claim {
    /// The places of the fields in the schema.
    enum Column {
        static let claimType = 2
        static let region = 3
        static let incidentDate = 4
        static let reportedDate = 5
        static let amount = 6
        static let deductible = 7
        static let vehicleYear = 8
    }

    let type: Int
    let region: Int
    /// In cents.
    let amount: Int64
    let reportDelayDays: Int64
    /// What is left of the amount after the deductible, in cents; never below nothing.
    let netAmount: Int64
    /// In calendar years; -1 for next year's model.
    let vehicleAge: Int64
    let isWeekend: Bool

    @inline(__always)
    init(_ row: borrowing Row) {
        let values = row.values
        type = Int(values[Column.claimType])
        region = Int(values[Column.region])
        amount = values[Column.amount]
        let incident = values[Column.incidentDate]
        reportDelayDays = values[Column.reportedDate] - incident
        netAmount = row.isPresent(Column.deductible) ? max(0, amount - values[Column.deductible]) : amount
        vehicleAge = Int64(CivilDate(days: incident).components.year) - values[Column.vehicleYear]
        // 1970-01-01 was a Thursday: with Monday as 0 that is 3. No date lies before 1970 by more than this absorbs.
        let weekday = (incident + 3 + 7 * 100_000) % 7
        isWeekend = weekday >= 5
    }
}
