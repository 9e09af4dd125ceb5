import Foundation
import HarnessSupport

extension ProcessorVerification {
    private static let folder = "harness-verification/"
    private static let header =
        "claim_id,policy_id,claim_type,region,incident_date,reported_date,amount,deductible,vehicle_year,description"
    private static let claims = """
        \(header)
        C1,P1,theft,DE-BY,2024-02-29,2024-03-01,1234.50,300.00,2018,read
        C2,P1,glass,DE-BE,2024-03-01,2024-03-02,99.00,,2018,read
        C3,P1,comet,DE-BE,2024-03-01,2024-03-02,99.00,,2018,no such type

        """

    /// Puts objects into the input bucket and checks the results: only S3 invokes the function. The objects are removed
    /// again.
    func processing() async throws -> [Assertion] {
        #if !os(Linux)
            if aws.endpoint != nil {
                return [
                    Assertion(
                        id: "object-processed", "a new object is processed",
                        skipped: "the emulator runs functions on Linux only")
                ]
            }
        #endif
        let (input, results) = (try name("input_bucket_name"), try name("results_bucket_name"))
        let prefix = "results/\(input)/incoming/\(Self.folder)"
        do {
            for (key, body) in [
                ("elsewhere/\(Self.folder)claims.csv", Self.claims), ("incoming/\(Self.folder)claims.txt", Self.claims),
                ("incoming/\(Self.folder)header.csv", "a,b\n1,2\n"), ("incoming/\(Self.folder)claims.csv", Self.claims),
            ] {
                try await aws.call(
                    "s3", "PutObject", ["Bucket": .string(input), "Key": .string(key), "Body": .string(body)])
            }
            let keys = try await wait(
                for: ["claims.csv/*/summary.json", "header.csv/*/error.json"], in: results, prefix)
            let found = try await outcome(keys, in: results, prefix)
            try await tidy(input, results, prefix)
            return found
        } catch {
            try? await tidy(input, results, prefix)
            throw error
        }
    }

    private func outcome(_ keys: [String], in results: String, _ prefix: String) async throws -> [Assertion] {
        func text(_ name: String) async throws -> String {
            guard let key = keys.first(where: { $0.hasSuffix(name) }) else { return "" }
            let answer = try await aws.call("s3", "GetObject", ["Bucket": .string(results), "Key": .string(key)])
            return answer["Body"]?.string ?? ""
        }
        let accepted = try await text("accepted.jsonl").split(separator: "\n").map { JSONValue(parsing: String($0)) }
        let rejected = JSONValue(parsing: try await text("rejected.jsonl"))
        let rows = JSONValue(parsing: try await text("summary.json"))?["rows"]
        let error = JSONValue(parsing: try await text("error.json"))
        let open = try await aws.call("s3", "ListMultipartUploads", ["Bucket": .string(results)])["Uploads"].items
        // A key in between is the object's version.
        let names = keys.map { key in key.dropFirst(prefix.count).split(separator: "/") }
            .map { "\($0.first ?? "") \($0.last ?? "")" }.sorted()
        return [
            Assertion(
                id: "results-written",
                "a claims file gives three results, an unreadable file one error, and other objects nothing", is: names,
                [
                    "claims.csv accepted.jsonl", "claims.csv rejected.jsonl", "claims.csv summary.json",
                    "header.csv error.json",
                ]),
            Assertion(
                id: "valid-rows", "valid rows are accepted",
                is: accepted.map { $0?["claim_id"]?.text ?? "?" }, ["C1", "C2"]),
            Assertion(
                id: "rejected-rows", "the invalid row is rejected with its number and the reason",
                rejected?["row"]?.int == 3 && rejected?["reason"]?.string?.contains("claim_type") == true,
                seen: rejected?.text ?? "nothing"),
            Assertion(
                id: "summary", "the summary counts accepted and rejected rows",
                is: ["read", "accepted", "rejected"].map { rows?[$0]?.text ?? "?" },
                ["3", "2", "1"]),
            Assertion(
                id: "error-type", "the error object names the reason", is: error?["error", "type"]?.string,
                "WrongHeader"),
            Assertion(id: "no-open-uploads", "no upload is left open", is: open.count, 0),
            try await logged(),
        ]
    }

    /// Checks that the log group has the function's log as JSON with the request's id.
    private func logged() async throws -> Assertion {
        let name = Assertion.Name(id: "log-line", "the function's log has a line with the request's id")
        let group: JSONValue = .string(try self.name("log_group_name"))
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let events = try await aws.call("logs", "FilterLogEvents", ["logGroupName": group])["events"].items
            let lines = events.compactMap { JSONValue(parsing: $0["message"]?.string ?? "") }
            if let line = lines.first(where: { $0["message"]?.string == "processed" && $0["requestId"] != nil }) {
                return Assertion(name, true, seen: line["key"]?.text ?? "?")
            }
            guard ContinuousClock.now < end else {
                return Assertion(name, false, seen: "\(events.count) other lines")
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// - Returns: the existing keys, once the wanted ones exist or after a time-out.
    private func wait(for wanted: [String], in bucket: String, _ prefix: String) async throws -> [String] {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let listing = try await aws.call(
                "s3", "ListObjectsV2", ["Bucket": .string(bucket), "Prefix": .string(prefix)])
            let keys = listing["Contents"].items.compactMap { $0["Key"]?.string }
            let isThere = wanted.allSatisfy { pattern in
                let ends = pattern.split(separator: "*")
                return keys.contains { $0.hasPrefix(prefix + ends[0]) && $0.hasSuffix(ends[1]) }
            }
            if isThere || ContinuousClock.now > end { return keys }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func tidy(_ input: String, _ results: String, _ prefix: String) async throws {
        for (bucket, prefix) in [
            (input, "incoming/\(Self.folder)"), (input, "elsewhere/\(Self.folder)"), (results, prefix),
        ] {
            try await RetainedResources.empty(bucket: bucket, below: prefix, aws)
        }
    }
}
