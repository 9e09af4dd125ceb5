/// Writes an accepted claim as a line of JSON: the fields in the schema's order, then what is derived.
struct ClaimWriter {
    private let labels: UnsafeMutablePointer<Label>
    private let kinds: UnsafeMutablePointer<Kind>
    private let fieldCount: Int
    private let null = Label("null")
    private let delay = Label(",\"report_delay_days\":")
    private let net = Label(",\"net_amount\":")
    private let age = Label(",\"vehicle_age\":")
    private let weekend = Label(",\"is_weekend\":true}\n")
    private let workday = Label(",\"is_weekend\":false}\n")

    private enum Kind: UInt8 {
        /// Needs escapes.
        case text
        /// In quotation marks and as it stands: a choice, a date.
        case word
        case integer
        case money
    }

    /// One for the process, which never changes and is kept as long.
    nonisolated(unsafe) static let shared = ClaimWriter()

    private init() {
        let fields = ClaimJob.schema.fields
        fieldCount = fields.count
        labels = .allocate(capacity: fields.count)
        kinds = .allocate(capacity: fields.count)
        for (index, field) in fields.enumerated() {
            (labels + index).initialize(to: Label("\(index == 0 ? "{" : ",")\"\(field.name)\":"))
            let kind: Kind =
                switch field.kind {
                case .text: .text
                case .choice, .date: .word
                case .integer: .integer
                case .money: .money
                }
            (kinds + index).initialize(to: kind)
        }
    }

    @inline(__always)
    func write(_ claim: Claim, _ row: borrowing Row, into output: inout ByteWriter) {
        for index in 0..<fieldCount {
            output.put(labels[index])
            guard row.isPresent(index) else {
                output.put(null)
                continue
            }
            let field = row.fields[index]
            switch kinds[index] {
            case .text:
                output.put(UInt8(ascii: "\""))
                output.put(json: field.start, field.count)
                output.put(UInt8(ascii: "\""))
            case .word:
                output.put(UInt8(ascii: "\""))
                output.put(field.start, field.count)
                output.put(UInt8(ascii: "\""))
            case .integer: output.put(number: row.values[index])
            case .money: output.put(money: row.values[index])
            }
        }
        output.put(delay)
        output.put(number: claim.reportDelayDays)
        output.put(net)
        output.put(money: claim.netAmount)
        output.put(age)
        output.put(number: claim.vehicleAge)
        output.put(claim.isWeekend ? weekend : workday)
    }
}
