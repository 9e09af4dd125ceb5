/// Metrics as a log line that CloudWatch turns into metrics ("Specification: Embedded metric format" in the Amazon
/// CloudWatch User Guide). No call of an API, no permission.
enum EmbeddedMetrics {
    static let namespace = "S3Processor"

    static func emit(_ outcome: Outcome, retries: Int, functionName: String) {
        writeLine(text(outcome, retries: retries, functionName: functionName, at: .now), to: 1)
    }

    static func text(_ outcome: Outcome, retries: Int, functionName: String, at time: Timestamp) -> String {
        var values: [(name: String, unit: String, value: Int)] = [
            ("ObjectsRefused", "Count", outcome.refusal == nil ? 0 : 1), ("Retries", "Count", retries),
        ]
        if let statistics = outcome.statistics {
            values += [
                ("BytesRead", "Bytes", statistics.bytesRead), ("RowsRead", "Count", statistics.rowsRead),
                ("RowsAccepted", "Count", statistics.rowsAccepted), ("RowsRejected", "Count", statistics.rowsRejected),
                ("ProcessingTime", "Milliseconds", statistics.milliseconds),
            ]
        }
        let metrics = values.map {
            JSONText(object: [("Name", JSONText(string: $0.name)), ("Unit", JSONText(string: $0.unit))])
        }
        let directive = JSONText(object: [
            ("Namespace", JSONText(string: namespace)),
            ("Dimensions", JSONText(array: [JSONText(array: [JSONText(string: "FunctionName")])])),
            ("Metrics", JSONText(array: metrics)),
        ])
        let root = JSONText(object: [
            ("Timestamp", JSONText(time.milliseconds)), ("CloudWatchMetrics", JSONText(array: [directive])),
        ])
        let members = [("_aws", root), ("FunctionName", JSONText(string: functionName))]
        return JSONText(object: members + values.map { ($0.name, JSONText($0.value)) }).text
    }
}
