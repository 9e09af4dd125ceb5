/// Insurance claims: what a record is, what is derived from it, and what is added up.
struct ClaimJob: RecordJob {
    static let types = ["collision", "theft", "glass", "liability", "storm", "fire", "vandalism", "animal"]
    /// The states of Germany, as ISO 3166-2:DE names them.
    static let regions = [
        "DE-BB", "DE-BE", "DE-BW", "DE-BY", "DE-HB", "DE-HE", "DE-HH", "DE-MV",
        "DE-NI", "DE-NW", "DE-RP", "DE-SH", "DE-SL", "DE-SN", "DE-ST", "DE-TH",
    ]
    static let largestAmount: Int64 = 99_999_999_99

    static let schema = Schema(
        name: "claims-1",
        fields: [
            Field("claim_id", .text(atMost: 32)),
            Field("policy_id", .text(atMost: 32)),
            Field("claim_type", .choice(types)),
            Field("region", .choice(regions)),
            Field("incident_date", .date(CivilDate(1990, 1, 1)...CivilDate(2099, 12, 31))),
            Field("reported_date", .date(CivilDate(1990, 1, 1)...CivilDate(2099, 12, 31))),
            Field("amount", .money(1...largestAmount)),
            Field("deductible", .money(0...1_000_000_00), isRequired: false),
            Field("vehicle_year", .integer(1950...2099)),
            Field("description", .text(atMost: 500), isRequired: false),
        ])

    private let totals = ClaimTotals()
    private let writer = ClaimWriter.shared

    mutating func accept(_ row: borrowing Row, into output: inout ByteWriter, writesRows: Bool) -> Contradiction? {
        let claim = Claim(row)
        if claim.reportDelayDays < 0 {
            return Contradiction(field: Claim.Column.reportedDate, text: "before incident_date")
        }
        if claim.vehicleAge < -1 {
            return Contradiction(field: Claim.Column.vehicleYear, text: "more than a year after incident_date")
        }
        totals.add(claim)
        if writesRows { writer.write(claim, row, into: &output) }
        return nil
    }

    func summary() -> [(String, JSONText)] { totals.summary() }
}
