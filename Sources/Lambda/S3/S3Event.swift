/// The notification that S3 sends ("Event message structure" in the Amazon S3 User Guide), as far as it matters here.
struct S3Event {
    /// The objects that were made. Other kinds of record are passed over.
    let created: [S3Object]

    /// Why an event cannot be understood.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `Malformed`.
    init(_ text: String) throws {
        guard let event = try? JSONValue(text) else { throw Malformed(description: "the event is not JSON") }
        // What S3 sends once when a notification is set up.
        if event["Event"]?.string == "s3:TestEvent" {
            created = []
            return
        }
        guard let records = event["Records"]?.array else {
            throw Malformed(description: "the event has no Records: it is not an S3 notification")
        }
        var objects: [S3Object] = []
        for record in records {
            guard let name = record["eventName"]?.string else {
                throw Malformed(description: "a record has no eventName: it is not an S3 notification")
            }
            guard name.hasPrefix("ObjectCreated:") else { continue }
            guard let bucket = record["s3"]?["bucket"]?["name"]?.string, !bucket.isEmpty,
                let encoded = record["s3"]?["object"]?["key"]?.string, !encoded.isEmpty
            else { throw Malformed(description: "a record names no bucket and key") }
            guard let key = Self.decoded(encoded) else {
                throw Malformed(description: "a key is not URL-encoded UTF-8: \(encoded)")
            }
            // A backfill fills them in from an inventory, which has empty fields where an event has none.
            func field(_ name: String) -> String? {
                record["s3"]?["object"]?[name]?.string.flatMap { $0.isEmpty ? nil : $0 }
            }
            objects.append(
                S3Object(
                    bucket: bucket, key: key, versionID: field("versionId"),
                    // Listings quote ETags, events and inventories do not.
                    eTag: field("eTag")?.filter { $0 != "\"" }))
        }
        created = objects
    }

    /// Keys arrive as in a form: a plus sign is a blank.
    static func decoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
