/// Where the results of an object go: the same for the same version of the same object, and for no other.
struct ResultKeys {
    let accepted: String
    let rejected: String
    let summary: String
    let error: String

    init(_ object: S3Object, prefix: String, isPacked: Bool) {
        let version = object.versionID ?? object.eTag ?? "unknown"
        var folder = "\(prefix)\(object.bucket)/\(object.key)/\(version)/"
        // S3 allows 1,024 bytes ("Naming Amazon S3 objects").
        if folder.utf8.count > 1000 {
            folder =
                "\(prefix)\(object.bucket)/sha256/\(SHA256.hash(Array(object.key.utf8)).hexadecimal)/\(version)/"
        }
        accepted = folder + "accepted.jsonl" + (isPacked ? ".gz" : "")
        rejected = folder + "rejected.jsonl" + (isPacked ? ".gz" : "")
        summary = folder + "summary.json"
        error = folder + "error.json"
    }
}
