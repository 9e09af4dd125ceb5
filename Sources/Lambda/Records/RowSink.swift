/// Where readers put what they find: validates, hands to the job, and keeps the books.
struct RowSink<Job: RecordJob>: ~Copyable {
    var job: Job
    var accepted = ByteWriter(capacity: 1 << 16)
    var rejected = ByteWriter()
    /// Blank lines count too, so that a row's number finds it in the file.
    var rowsRead = 0
    var rowsAccepted = 0
    var rowsRejected = 0
    private let decoder = RowDecoder(Job.schema)
    /// Without rows only the summary is wanted.
    private let writesRows: Bool

    init(_ job: Job, writesRows: Bool) {
        self.job = job
        self.writesRows = writesRows
    }

    deinit { decoder.deallocate() }

    /// - Parameters:
    ///   - fields: as many as the schema has, in its order.
    ///   - rawCount: how long the row is; bounds what is written for it.
    @inline(__always)
    mutating func take(_ fields: UnsafeMutablePointer<RawField>, rawCount: Int) {
        do throws(RowFailure) {
            let row = try decoder.decode(fields, number: rowsRead)
            if writesRows { accepted.reserve(rawCount * 6 + 4096) }
            if let contradiction = job.accept(row, into: &accepted, writesRows: writesRows) {
                reject(Rejection(.contradiction, field: contradiction.field), contradiction.text)
            } else {
                rowsAccepted += 1
            }
        } catch {
            reject(error.rejection)
        }
    }

    @inline(never)
    mutating func reject(_ rejection: Rejection, _ contradiction: StaticString = "") {
        rowsRejected += 1
        guard writesRows else { return }
        let reason = rejection.text(Job.schema, contradiction: contradiction.description)
        rejected.append("{\"row\":\(rowsRead),\"reason\":\(JSONText(string: reason).text)}\n")
    }
}
