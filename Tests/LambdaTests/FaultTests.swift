import Foundation
import TestSupport
import Testing

@testable import Lambda

/// 500 plans of what goes wrong between the function and S3. Whatever happens, there are whole results or none, no
/// upload stays open, and memory stays within its bound.
@Suite("Faults between the function and S3")
struct FaultTests {
    /// 64 MB is what a function of 128 MB may use at most; the debug build of this test is no smaller than a release.
    static let memoryBound = 64 << 20

    /// Four functions side by side, each with its own S3: most of the time goes into waiting, and into S3 in Python.
    @Test(
        "500 plans: the results of an undisturbed run, or none", .timeLimit(.minutes(60)),
        arguments: 0..<(TestDepth.isFull ? 4 : 1))
    func plans(lane: Int) async throws {
        try await withScratch { scratch in
            let small = try EndToEndTests.claims("small.csv", bytes: 60_000, in: scratch)
            // Its accepted rows need two parts.
            let large = try EndToEndTests.claims("large.csv", bytes: 1_950_000, in: scratch)
            // Short enough that stalls are noticed quickly; long enough for moto's own answers.
            try await FunctionUnderTest.with(["S3_TIMEOUT_MS": "700"]) { function in
                var kinds: Set<String> = []
                var failed = 0
                for (name, bytes, seeds) in [("small.csv", small, 0..<400), ("large.csv", large, 400..<500)] {
                    let object = try await function.put("incoming/\(name)", bytes)
                    let keys = ResultKeys(object, prefix: "results/", isPacked: false)
                    let names = [keys.accepted, keys.rejected, keys.summary]
                    try await function.plan("seed=0&faults=0")
                    _ = try await function.invoke(FunctionUnderTest.event([object]))
                    var wanted: [[UInt8]] = []
                    for key in names { wanted.append(try #require(try await function.get(key))) }
                    for seed in seeds where seed % 4 == lane {
                        for key in names { try await function.delete(key) }
                        try await function.plan("seed=\(seed)&faults=\(1 + seed % 5)&span=\(4 + seed % 9)")
                        // Lambda delivers an event at least once: every tenth comes twice.
                        var answer = try await function.invoke(FunctionUnderTest.event([object]))
                        if seed % 10 == 0 { answer = try await function.invoke(FunctionUnderTest.event([object])) }
                        var found: [[UInt8]?] = []
                        for key in names { found.append(try await function.get(key)) }
                        if answer["errorType"] == nil {
                            #expect(found == wanted, "seed \(seed)")
                        } else {
                            failed += 1
                            // Without the summary nothing counts as visible; what is there is whole all the same.
                            #expect(found[2] == nil, "seed \(seed)")
                            #expect(zip(found, wanted).allSatisfy { $0 == nil || $0 == $1 }, "seed \(seed)")
                        }
                        kinds.formUnion(try await function.report())
                        let open = try await function.openUploads()
                        #expect(open == [], "seed \(seed)")
                    }
                }
                // Every kind of fault was met, and hardly any was too much.
                #expect(kinds.count == 11, "\(kinds)")
                #expect(failed == 0)
                #expect(try function.peakMemory() <= Self.memoryBound)
            }
        }
    }

    @Test("an object that is overwritten during the read is detected")
    func changedMidway() async throws {
        try await withScratch { scratch in
            let bytes = try EndToEndTests.claims("claims.csv", bytes: 300_000, in: scratch)
            try await FunctionUnderTest.with { function in
                for round in 0..<5 {
                    let object = try await function.put("incoming/\(round).csv", bytes)
                    try await function.plan("seed=\(round)&faults=0&change=other")
                    let answer = try await function.invoke(FunctionUnderTest.event([object]))
                    #expect(try await function.report() == ["change"])
                    let refused = answer["objects"]?.array?.first?["refused"]?.string
                    #expect(refused?.hasPrefix("ObjectChanged") == true, "\(answer)")
                    let keys = ResultKeys(object, prefix: "results/", isPacked: false)
                    for key in [keys.accepted, keys.rejected, keys.summary] {
                        #expect(try await function.get(key) == nil)
                    }
                    #expect(try await function.get(keys.error) != nil)
                    #expect(try await function.openUploads() == [])
                }
            }
        }
    }

    @Test(
        "a denial fails the invocation at once, and is not recorded as the object's fault",
        arguments: [
            ("denied-401", "Unauthorized"), ("denied-403", "AccessDenied"), ("denied-kms", "KMS.DisabledException"),
        ])
    func denied(kind: String, type: String) async throws {
        try await FunctionUnderTest.with { function in
            let object = try await function.put("incoming/claims.csv", Array("a\n".utf8))
            try await function.plan("seed=1&faults=1000&span=1000&only=\(kind)")
            let answer = try await function.invoke(FunctionUnderTest.event([object]))
            #expect(answer["errorType"]?.string == type, "\(answer)")
            #expect(try await function.report() == [kind])
            try await function.plan("seed=0&faults=0")
            let keys = ResultKeys(object, prefix: "results/", isPacked: false)
            #expect(try await function.get(keys.error) == nil)
        }
    }

    @Test("an archived object is the object's fault: recorded, and the invocation succeeds")
    func archived() async throws {
        try await FunctionUnderTest.with { function in
            let object = try await function.put("incoming/claims.csv", Array("a\n".utf8))
            try await function.plan("seed=1&faults=1&span=1&only=archived")
            let answer = try await function.invoke(FunctionUnderTest.event([object]))
            let refused = answer["objects"]?.array?.first?["refused"]?.string
            #expect(refused?.hasPrefix("InvalidObjectState") == true, "\(answer)")
        }
    }

    @Test("a retry waits for the time in Retry-After")
    func retryAfter() async throws {
        try await FunctionUnderTest.with { function in
            let object = try await function.put(
                "incoming/claims.csv", Array((ClaimJob.schema.fields.map(\.name).joined(separator: ",") + "\n").utf8))
            _ = try await function.invoke(FunctionUnderTest.event([object]))
            try await function.plan("seed=1&faults=1&span=1&only=503-wait")
            let start = ContinuousClock.now
            let answer = try await function.invoke(FunctionUnderTest.event([object]))
            #expect(answer["errorType"] == nil, "\(answer)")
            #expect(try await function.report() == ["503-wait"])
            #expect(ContinuousClock.now - start >= .seconds(1))
        }
    }

    @Test("permanent S3 failures end in an error that Lambda retries, and leave no results")
    func alwaysFailing() async throws {
        try await withScratch { scratch in
            let bytes = try EndToEndTests.claims("claims.csv", bytes: 60_000, in: scratch)
            try await FunctionUnderTest.with(["AWS_LAMBDA_FUNCTION_TIMEOUT": "10"]) { function in
                let object = try await function.put("incoming/claims.csv", bytes)
                try await function.plan("seed=1&faults=1000&span=1000&only=503-before")
                let answer = try await function.invoke(FunctionUnderTest.event([object]))
                #expect(answer["errorType"]?.string == "SlowDown", "\(answer)")
                #expect(answer["errorMessage"]?.string?.isEmpty == false)
                let keys = ResultKeys(object, prefix: "results/", isPacked: false)
                #expect(try await function.get(keys.summary) == nil)
            }
        }
    }
}
