/// The summary's text. It holds nothing that differs between two runs over the same object.
enum Summary {
    static func text<Job>(
        _ object: S3Object, format: RecordFormat, pipeline: RecordPipeline<Job>, results: Results?
    ) -> String {
        var members = [
            ("schema", JSONText(string: Job.schema.name)), ("source", source(object, size: pipeline.bytesRead)),
        ]
        members += body(format, pipeline)
        if let results {
            let files = [("accepted", results.accepted), ("rejected", results.rejected)].map { name, file in
                let file = [("key", JSONText(string: file.upload.key)), ("bytes", JSONText(file.upload.size))]
                return (name, JSONText(object: file))
            }
            members.append(("results", JSONText(object: files)))
        }
        return JSONText(object: members + pipeline.sink.job.summary()).text + "\n"
    }

    /// What does not depend on where the records came from.
    static func body<Job>(_ format: RecordFormat, _ pipeline: RecordPipeline<Job>) -> [(String, JSONText)] {
        [
            ("format", JSONText(string: format.rawValue)),
            ("compression", JSONText(string: pipeline.isGzip ? "gzip" : "none")),
            (
                "rows",
                JSONText(object: [
                    ("read", JSONText(pipeline.sink.rowsRead)), ("accepted", JSONText(pipeline.sink.rowsAccepted)),
                    ("rejected", JSONText(pipeline.sink.rowsRejected)),
                ])
            ),
        ]
    }

    static func source(_ object: S3Object, size: Int?) -> JSONText {
        var members = [("bucket", JSONText(string: object.bucket)), ("key", JSONText(string: object.key))]
        if let version = object.versionID { members.append(("version_id", JSONText(string: version))) }
        if let eTag = object.eTag { members.append(("etag", JSONText(string: eTag))) }
        if let size { members.append(("bytes", JSONText(size))) }
        return JSONText(object: members)
    }
}
