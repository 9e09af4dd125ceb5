import Foundation
import HarnessSupport

extension ProcessorVerification {
    private static let folder = "harness-backfill/"
    private static let schema = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, ETag"
    private static let claim = """
        claim_id,policy_id,claim_type,region,incident_date,reported_date,amount,deductible,vehicle_year,description
        C1,P1,theft,DE-BY,2024-02-29,2024-03-01,1234.50,300.00,2018,read

        """

    /// Checks that the daily inventory has the fields for a run.
    func inventory() async throws -> [Assertion] {
        let answer = try await aws.call(
            "s3", "GetBucketInventoryConfiguration",
            ["Bucket": .string(try name("input_bucket_name")), "Id": .string(try name("backfill_name"))])
        let list = answer["InventoryConfiguration"]
        let place = list?["Destination", "S3BucketDestination"]
        return [
            Assertion(
                id: "inventory-lists-every-version-id", "the inventory lists every version with its id",
                is: list?["IncludedObjectVersions"]?.text, "All"),
            Assertion(
                id: "lists-sizes-etags", "the inventory lists sizes and ETags",
                is: list?["OptionalFields"].items.compactMap(\.string).sorted(),
                ["ETag", "Size"]),
            Assertion(
                id: "lists-objects-events-announce", "the inventory covers the same prefix as the events",
                is: list?["Filter", "Prefix"]?.text, "incoming/"),
            Assertion(
                id: "step-functions-reads-format", "the inventory has a format that Step Functions reads",
                is: place?["Format"]?.text, "CSV"),
            Assertion(
                id: "inventory-in-own-bucket", "the inventory goes to the backfill's bucket",
                is: place?["Bucket"]?.text,
                "arn:aws:s3:::\(try name("backfill_bucket_name"))"),
        ]
    }

    /// Runs over inventories written by the harness; on AWS, only S3 writes them.
    func backfill() async throws -> [Assertion] {
        guard aws.endpoint != nil else {
            return [
                Assertion(
                    id: "backfill-runs", "a backfill runs",
                    skipped: "AWS accepts only its own inventories, and the first takes 48 hours")
            ]
        }
        #if !os(Linux)
            return [
                Assertion(
                    id: "backfill-runs-on-linux", "a backfill runs",
                    skipped: "the emulator runs functions on Linux only")
            ]
        #else
            do {
                let found = try await repeated() + refused()
                try await tidyBackfill()
                return found
            } catch {
                try? await tidyBackfill()
                throw error
            }
        #endif
    }

    /// An object that its event has already processed, with a key that URL encoding changes.
    private func repeated() async throws -> [Assertion] {
        let (input, results) = (try name("input_bucket_name"), try name("results_bucket_name"))
        let key = "incoming/\(Self.folder)a b+c.csv"
        let put = try await aws.call(
            "s3", "PutObject", ["Bucket": .string(input), "Key": .string(key), "Body": .string(Self.claim)])
        let version = put["VersionId"]?.string ?? "?"
        let tag = put["ETag"]?.string?.filter { $0 != "\"" } ?? "?"
        let below = "results/\(input)/incoming/\(Self.folder)"
        let summary = "\(below)a b+c.csv/\(version)/summary.json"
        // The event's own results; else the two could not be compared.
        _ = try await versions(of: summary, in: results, atLeast: 1)
        let encoded = "incoming/\(Self.folder)a+b%2Bc.csv"
        let end = try await run([
            [input, encoded, version, "true", "false", "\(Self.claim.utf8.count)", tag],
            [input, encoded, "replaced", "false", "false", "1", "0"],
            [input, "incoming/\(Self.folder)removed.csv", "marker", "true", "true", "", ""],
            [input, "incoming/\(Self.folder)notes.txt", "other", "true", "false", "1", "0"],
        ])
        let found = try await versions(of: summary, in: results, atLeast: 2)
        let all = try await aws.call("s3", "ListObjectsV2", ["Bucket": .string(results), "Prefix": .string(below)])
        return [
            Assertion(
                id: "run-over-inventory-succeeds", "a run over an inventory succeeds", is: end["status"]?.text,
                "SUCCEEDED"),
            Assertion(
                id: "processes-object-inventory-names", "the run processes the object in the inventory",
                is: found.count, 2),
            Assertion(
                id: "results-equal-event-results", "the run's results equal the event's results byte for byte",
                is: Set(found).count, 1
            ),
            Assertion(
                id: "passes-over-old-versions-delete",
                "the run skips old versions, delete markers and other kinds of object",
                is: Set(all["Contents"].items.map { $0["Key"]?.string?.parentPath ?? "?" }).count, 1),
        ]
    }

    /// An object too large for the function: alone it exceeds the tolerance, among a hundred others it does not.
    private func refused() async throws -> [Assertion] {
        let input = try name("input_bucket_name")
        func row(_ version: String, isLatest: Bool) -> [String] {
            [input, "incoming/\(Self.folder)large.csv", version, "\(isLatest)", "false", "5000000000000", "0"]
        }
        let alone = try await run([row("v", isLatest: true)])
        let among = try await run([row("v", isLatest: true)] + (1...100).map { row("v\($0)", isLatest: false) })
        return [
            Assertion(
                id: "run-stops-when-more-objects", "a run stops when more objects fail than the tolerance allows",
                is: alone["error"]?.text,
                "States.ExceedToleratedFailureThreshold"),
            Assertion(
                id: "run-whose-failures-tolerated-ends",
                "a run with tolerated failures still ends as failed", is: among["error"]?.text,
                "ObjectsFailed"),
        ]
    }

    /// - Parameter rows: in the order of the schema.
    /// - Returns: the final status of the execution.
    private func run(_ rows: [[String]]) async throws -> JSONValue {
        let bucket = try name("backfill_bucket_name")
        let folder = "inventory/\(Self.folder)"
        let lines = rows.map { $0.map { "\"\($0)\"" }.joined(separator: ",") + "\n" }.joined()
        let manifest: JSONValue = [
            "fileFormat": "CSV", "fileSchema": .string(Self.schema), "files": [["key": .string("\(folder)data.csv")]],
        ]
        for (key, body) in [("\(folder)data.csv", lines), ("\(folder)manifest.json", try jsonText(manifest))] {
            try await aws.call(
                "s3", "PutObject", ["Bucket": .string(bucket), "Key": .string(key), "Body": .string(body)])
        }
        let input: JSONValue = ["manifest": .string("\(folder)manifest.json")]
        let started = try await aws.call(
            "stepfunctions", "StartExecution",
            [
                "stateMachineArn": .string(try name("backfill_arn")), "name": .string("harness-\(UUID().uuidString)"),
                "input": .string(try jsonText(input)),
            ])
        let end = ContinuousClock.now + .seconds(120)
        while true {
            let state = try await aws.call(
                "stepfunctions", "DescribeExecution", ["executionArn": started["executionArn"] ?? .null])
            if state["status"]?.string != "RUNNING" || ContinuousClock.now > end { return state }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// - Returns: the ETags of all versions, once enough exist or after a time-out.
    private func versions(of key: String, in bucket: String, atLeast count: Int) async throws -> [String] {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let listing = try await aws.call(
                "s3", "ListObjectVersions", ["Bucket": .string(bucket), "Prefix": .string(key)])
            let tags = listing["Versions"].items.compactMap { $0["ETag"]?.string }
            if tags.count >= count || ContinuousClock.now > end { return tags }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func tidyBackfill() async throws {
        let (input, bucket) = (try name("input_bucket_name"), try name("backfill_bucket_name"))
        for (bucket, prefix) in [
            (input, "incoming/\(Self.folder)"), (bucket, "inventory/\(Self.folder)"), (bucket, "runs/"),
            (try name("results_bucket_name"), "results/\(input)/incoming/\(Self.folder)"),
        ] {
            try await RetainedResources.empty(bucket: bucket, below: prefix, aws)
        }
    }
}
