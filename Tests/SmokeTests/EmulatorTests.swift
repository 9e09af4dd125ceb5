import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCommands
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission
@testable import Tooling

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

    @Test("waits for a function that does not listen yet, and says so of one that never does")
    func lateFunction() async throws {
        let script = """
            import functions, http.server, threading

            class Answers(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(b"listens")

            port = functions.free_port()
            late = threading.Timer(0.5, lambda: http.server.HTTPServer(("127.0.0.1", port), Answers).handle_request())
            late.daemon = True  # It waits for ever where nobody asks.
            late.start()
            print(functions.ask(f"http://127.0.0.1:{port}/", {}, 10))
            print(functions.ask(f"http://127.0.0.1:{functions.free_port()}/", {}, 1))
            """
        let said = try await python(script, importing: "Stack/Moto", in: .moto)
        let lines = said.stdout.split(separator: "\n")
        #expect(lines.first == "listens" && lines.last?.contains("NoAnswer") == true, "\(said.stdout)\(said.stderr)")
    }

    @Test("takes no error of a service for a resource that was made")
    func errors() async throws {
        let script = """
            import emulator
            print(emulator.expect_success((200, {}, b"made")))
            try:
                print(emulator.expect_success((400, {}, b"InvalidRule")))
            except ValueError as error:
                print("refused:", error)
            """
        let said = try await python(script, importing: "Stack/Ministack", in: .ministack)
        #expect(said.stdout == "made\nrefused: InvalidRule\n", "\(said.stdout)\(said.stderr)")
    }

    @Test("answers in one piece: no client meets headers whose body is late")
    func onePiece() async throws {
        let context = try Shared.current().context
        let port = try #require(URL(string: Emulator.moto.endpoint(context))?.port)
        // dd reads once. Without the correction five of six first reads were headers alone.
        let script =
            #"exec 3<>"/dev/tcp/127.0.0.1/$0"; printf 'GET / HTTP/1.1\r\nHost: s3\r\n\r\n' >&3; dd bs=64k count=1 status=none <&3"#
        for _ in 1...10 {
            let answer = try await Command("/bin/bash", ["-c", script, "\(port)"], environment: [:]).run()
            #expect(answer.stdout.hasSuffix("</ListAllMyBucketsResult>"), "\(answer)")
        }
    }
}
