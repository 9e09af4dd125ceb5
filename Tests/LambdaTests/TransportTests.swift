import Foundation
import TestSupport
import Testing

@testable import Lambda
@testable import Submission

/// What surrounds the processing where it runs for real: TLS, credentials, beginning and end.
@Suite("The function and its environment")
struct TransportTests {
    private static let header = ClaimJob.schema.fields.map(\.name).joined(separator: ",") + "\n"

    @Test("uses TLS and a host name for each bucket, and verifies certificates")
    func tls() async throws {
        try await FunctionUnderTest.with(certified: "s3.test") { function in
            let object = try await function.put("incoming/a b.csv", Array(Self.header.utf8))
            let answer = try await function.invoke(FunctionUnderTest.event([object]))
            #expect(answer["errorType"] == nil, "\(answer)")
            let keys = ResultKeys(object, prefix: "results/", isPacked: false)
            #expect(try await function.get(keys.summary) != nil)
        }
    }

    @Test(
        "a certificate for another host, of another authority, or no authorities at all",
        arguments: [
            ("other.test", nil, "TransportError"), ("s3.test", "", "TransportError"),
            ("s3.test", "/nothing.pem", "ConfigurationError"),
        ] as [(String, String?, String)])
    func untrusted(host: String, authorities: String?, type: String) async throws {
        var environment = ["AWS_LAMBDA_FUNCTION_TIMEOUT": "10"]
        environment["AWS_CA_BUNDLE"] = authorities
        try await FunctionUnderTest.with(environment, certified: host) { function in
            let object = try await function.put("incoming/claims.csv", Array(Self.header.utf8))
            let answer = try await function.invoke(FunctionUnderTest.event([object]))
            #expect(answer["errorType"]?.string == type, "\(answer)")
        }
    }

    @Test("reads container credentials, and gets none with a wrong token", arguments: ["right", "wrong"])
    func containerCredentials(token: String) async throws {
        let port = freePort()
        let script = Reference.folder + "/Fixtures/credentials.py"
        try await withScratch { scratch in
            try await FunctionUnderTest.withProcess(
                "/usr/bin/env", ["python3", "-I", script, "\(port)", "right"], scratch + "/credentials.log"
            ) {
                let environment = [
                    "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_LAMBDA_FUNCTION_TIMEOUT": "20",
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(port)/",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
                ]
                try await FunctionUnderTest.with(environment) { function in
                    let object = try await function.put("incoming/claims.csv", Array(Self.header.utf8))
                    let answer = try await function.invoke(FunctionUnderTest.event([object]))
                    let callers = try await function.report("callers")
                    if token == "right" {
                        #expect(answer["errorType"] == nil, "\(answer)")
                        #expect(callers == ["CONTAINER"])
                    } else {
                        #expect(answer["errorMessage"]?.string?.contains("answered 403") == true, "\(answer)")
                        #expect(callers == [])
                    }
                }
            }
        }
    }

    @Test("reports an invalid setting as an initialization error with its name")
    func initialisation() async throws {
        try await FunctionUnderTest.with(["OUTPUT_COMPRESSION": "zip"]) { function in
            let answer = try await function.invoke(FunctionUnderTest.event([]))
            #expect(answer["errorType"]?.string == "ConfigurationError", "\(answer)")
            #expect(answer["errorMessage"]?.string?.contains("OUTPUT_COMPRESSION") == true, "\(answer)")
        }
    }

    @Test("stops on SIGTERM immediately when idle, and after the response when busy")
    func termination() async throws {
        for isWorking in [false, true] {
            try await FunctionUnderTest.with(["S3_TIMEOUT_MS": "700"]) { function in
                let object = try await function.put("incoming/claims.csv", Array(Self.header.utf8))
                _ = try await function.invoke(FunctionUnderTest.event([object]))
                let number = try function.processNumber()
                if isWorking {
                    try await function.plan("seed=1&faults=1&span=1&only=stall")
                    async let answer = function.invoke(FunctionUnderTest.event([object]))
                    try await wait { try await function.report() == ["stall"] }
                    kill(number, SIGTERM)
                    #expect(try await answer["errorType"] == nil)
                } else {
                    kill(number, SIGTERM)
                }
                try await wait { !FileManager.default.fileExists(atPath: "/proc/\(number)/exe") }
            }
        }
    }

    /// - Throws: when it does not come about within two minutes.
    private func wait(until isSo: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(120)
        while try await !isSo() {
            try #require(ContinuousClock.now < end, "it does not come about")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
