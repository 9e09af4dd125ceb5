import Foundation
import TestSupport
import Testing

@testable import Harness

/// What the stacks rely on and moto had otherwise. What they meet in every run is not repeated here.
@Suite("The emulator, corrected,", .shared(.moto))
struct EmulatorTests {
    @Test("empties a bucket that has delete markers and keeps no versions any more")
    func deleteMarkers() async throws {
        let bucket: JSONValue = .string(unique("emptied"))
        let object: JSONValue = ["Bucket": bucket, "Key": "captures/1.jsonl"]
        try await call(
            "s3", "CreateBucket",
            ["Bucket": bucket, "CreateBucketConfiguration": ["LocationConstraint": .string(Emulator.region)]])
        for status in ["Enabled", "Suspended"] {
            try await call(
                "s3", "PutBucketVersioning",
                ["Bucket": bucket, "VersioningConfiguration": ["Status": .string(status)]])
            guard status == "Enabled" else { continue }
            try await call("s3", "PutObject", object)
            try await call("s3", "DeleteObject", object)
        }
        let versions = try await call("s3", "ListObjectVersions", ["Bucket": bucket])
        let marker = try #require(versions["DeleteMarkers"].items.first)
        let gone = JSONValue.object(["Key": "captures/1.jsonl", "VersionId": try #require(marker["VersionId"])])
        try await call("s3", "DeleteObjects", ["Bucket": bucket, "Delete": ["Objects": [gone]]])
        try await call("s3", "DeleteBucket", ["Bucket": bucket])
    }
}
