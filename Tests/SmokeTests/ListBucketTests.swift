import Testing

@testable import Submission

extension ScriptTests {
    @Suite("list-bucket.sh")
    struct ListBucketTests {
        private let script = ScriptUnderTest("list-bucket.sh")

        @Test("wants exactly one place", arguments: [[], ["important-data", "logs"]])
        func misuse(_ arguments: [String]) async throws {
            #expect(
                try await script.run(arguments)
                    == .misused(
                        "list-bucket.sh: exactly one argument is needed, BUCKET[/FOLDER]; quote it where it holds blanks; see --help"
                    ))
        }

        @Test("knows no option but help", arguments: [["--nope"], ["--nope", "important-data"]])
        func unknownOption(_ arguments: [String]) async throws {
            #expect(
                try await script.withoutAWS.run(arguments)
                    == .misused("list-bucket.sh: unknown option --nope; see --help"))
        }

        @Test(
            "refuses a name that no bucket can have, without asking AWS",
            arguments: ["Important Data/logs": "Important Data", "IMPORTANT": "IMPORTANT", "s3://": "", "ab/c": "ab"])
        func impossibleName(_ place: String, _ bucket: String) async throws {
            #expect(
                try await script.withoutAWS(place)
                    == .refused(
                        "list-bucket.sh: no bucket can be named '\(bucket)': names are 3 to 63 lower-case letters, digits, dots and hyphens"
                    ))
        }

        @Test("says in one line that there is no such bucket, or no AWS")
        func missing() async throws {
            let missing = try await script(unique("important-data"))
            #expect(missing.code == 1 && missing.out == [] && missing.err.count == 1)
            #expect(missing.err.first?.contains("NoSuchBucket") == true)

            let dead = try await script.withoutAWS("important-data")
            #expect(dead.code == 1 && dead.out == [] && dead.err.count == 1)
            #expect(dead.err.first?.contains("Could not connect to the endpoint URL") == true)
        }

        @Test("says that nothing is there, and succeeds")
        func empty() async throws {
            let bucket = try await bucket(keys: [])
            #expect(
                try await script("\(bucket)/logs")
                    == ScriptResult(code: 0, out: [], err: ["list-bucket.sh: nothing under '\(bucket)/logs/'"]))
        }

        @Test("shows the folder that was named, blanks and capitals included, and not one that begins alike")
        func folder() async throws {
            let bucket = try await bucket(
                keys: ["logs/a.txt", "logs/b c.txt", "logs-old/z.txt", "Important Data/logs/d.txt"])

            let logs = try await script("\(bucket)/logs")
            #expect(logs.code == 0 && logs.err == [])
            let fields = logs.out.map { $0.split(separator: "\t").map(String.init) }
            #expect(fields.map { $0.dropFirst() } == [["10", "logs/a.txt"], ["12", "logs/b c.txt"]])
            #expect(fields.allSatisfy { $0.first?.hasPrefix("20") == true })

            let named = try await script("s3://\(bucket)/Important Data/logs/")
            #expect(named.code == 0 && named.out.count == 1)
            #expect(named.out.first?.hasSuffix("\tImportant Data/logs/d.txt") == true)

            #expect(try await script(bucket).out.count == 4)
        }

        /// A bucket in which every object's content is its key.
        private func bucket(keys: [String]) async throws -> String {
            let name = unique("important-data")
            try await call(
                "s3", "CreateBucket",
                [
                    "Bucket": .string(name),
                    "CreateBucketConfiguration": ["LocationConstraint": .string(Emulator.region)],
                ])
            for key in keys {
                try await call("s3", "PutObject", ["Bucket": .string(name), "Key": .string(key), "Body": .string(key)])
            }
            return name
        }
    }
}
