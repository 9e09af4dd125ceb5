import NIOCore
import Testing

@testable import Lambda

@Suite("S3: addresses, events, errors, retries")
struct S3Tests {
    @Test(
        "addresses use virtual-hosted style by default, and path style on request or if the certificate would not match"
    )
    func addressing() throws {
        let virtual = S3Endpoint(address: nil, region: "eu-west-1", isPathStyle: false)
        let (origin, path) = try virtual.locate(bucket: "claims", key: "a b/ß+&.csv")
        #expect(origin == Origin(isTLS: true, host: "claims.s3.eu-west-1.amazonaws.com", port: 443))
        #expect(path == "/a%20b/%C3%9F%2B%26.csv")
        #expect(origin.authority == "claims.s3.eu-west-1.amazonaws.com")
        let dotted = try virtual.locate(bucket: "my.claims", key: "a")
        #expect(dotted.origin.host == "s3.eu-west-1.amazonaws.com")
        #expect(dotted.path == "/my.claims/a")
        let local = S3Endpoint(address: "http://127.0.0.1:4566/", region: "eu-west-1", isPathStyle: true)
        let (emulator, emulatorPath) = try local.locate(bucket: "claims", key: "")
        #expect(emulator.authority == "127.0.0.1:4566")
        #expect(emulatorPath == "/claims")
    }

    @Test(
        "no address", arguments: ["", "127.0.0.1", "ftp://a", "http://", "http://a:0", "http://a:x", "https://a:65536"])
    func badAddress(address: String) {
        #expect(Origin.parse(address) == nil)
        #expect(throws: ConfigurationError.self) {
            try S3Endpoint(address: address, region: "eu-west-1", isPathStyle: true).locate(bucket: "b", key: "k")
        }
    }

    @Test("keys in events are form-URL-encoded")
    func eventKeys() throws {
        #expect(S3Event.decoded("a+b%2Bc%2F%C3%9F.csv") == "a b+c/ß.csv")
        for broken in ["%", "%1", "%zz", "%FF"] { #expect(S3Event.decoded(broken) == nil) }
        let event = try S3Event(FunctionUnderTest.event([S3Object(bucket: "b", key: "x y.csv", eTag: "1")]))
        #expect(event.created == [S3Object(bucket: "b", key: "x y.csv", eTag: "1")])
    }

    @Test("an empty version is not a version, and an ETag loses its quotation marks: as a backfill fills them in")
    func backfillFields() throws {
        let event = try S3Event(
            #"{"Records":[{"eventName":"ObjectCreated:Backfill","s3":{"bucket":{"name":"b"},"#
                + #""object":{"key":"a.csv","versionId":"","eTag":"\"1\""}}}]}"#)
        #expect(event.created == [S3Object(bucket: "b", key: "a.csv", versionID: nil, eTag: "1")])
    }

    @Test("test events and removals contain no object, and other JSON is rejected")
    func otherEvents() throws {
        #expect(try S3Event(#"{"Event":"s3:TestEvent"}"#).created.isEmpty)
        #expect(try S3Event(#"{"Records":[{"eventName":"ObjectRemoved:Delete"}]}"#).created.isEmpty)
        for broken in ["", "[]", "{}", #"{"Records":[{}]}"#, #"{"Records":[{"eventName":"ObjectCreated:Put"}]}"#] {
            #expect(throws: S3Event.Malformed.self) { try S3Event(broken) }
        }
    }

    @Test("errors are classified as transient or permanent")
    func passing() {
        func error(_ status: Int, _ code: String) -> S3Error {
            S3Error("GetObject", status: status, body: "<Error><Code>\(code)</Code><Message>m</Message></Error>")
        }
        for (status, code) in [(500, "InternalError"), (503, "SlowDown"), (429, "x"), (400, "RequestTimeout")] {
            #expect(isPassing(error(status, code)))
        }
        for (status, code) in [(404, "NoSuchKey"), (403, "AccessDenied"), (412, "PreconditionFailed"), (400, "x")] {
            #expect(!isPassing(error(status, code)))
        }
        #expect(isPassing(TransportError("reset")))
        #expect(!isPassing(ConfigurationError("x")))
        #expect(error(400, "ExpiredToken").isExpired)
    }

    @Test("only errors in the object's content count as the object's fault; access denied never does")
    func faultsOfTheObject() {
        func error(_ status: Int, _ code: String) -> S3Error {
            S3Error("GetObject", status: status, body: "<Error><Code>\(code)</Code></Error>")
        }
        for (status, code) in [
            (404, "NoSuchKey"), (404, "NoSuchVersion"), (405, "MethodNotAllowed"), (412, "PreconditionFailed"),
            (403, "InvalidObjectState"), (400, "InvalidRequest"),
        ] { #expect(error(status, code).isOfObject, "\(code)") }
        for (status, code) in [
            (401, "Unauthorized"), (403, "AccessDenied"), (403, "SignatureDoesNotMatch"), (404, "NoSuchBucket"),
            (400, "KMS.DisabledException"), (400, "KMS.NotFoundException"), (400, "KMS.KMSInvalidStateException"),
            (400, "x"), (503, "SlowDown"),
        ] { #expect(!error(status, code).isOfObject, "\(code)") }
    }

    @Test("Retry-After counts in seconds, up to an hour")
    func retryAfter() {
        func wait(_ value: String?) -> TimeAmount? { S3Error("x", status: 503, body: "", retryAfter: value).retryAfter }
        #expect(wait("2") == .seconds(2))
        #expect(wait("0") == .zero)
        #expect(wait("999999999999") == .hours(1))
        for value in [nil, "", "-1", "soon", "Fri, 24 May 2013 00:00:00 GMT"] { #expect(wait(value) == nil) }
    }

    @Test("an invocation has twenty retries, and gains one for every five successful requests")
    func budget() async throws {
        let policy = RetryPolicy(base: .nanoseconds(1), cap: .nanoseconds(1))
        let budget = RetryBudget()
        var calls = 0
        await #expect(throws: TransportError.self) {
            try await retrying(policy, budget: budget, until: .now() + .hours(1)) { _ in
                calls += 1
                throw TransportError("again")
            }
        }
        #expect(calls == 21 && budget.retries == 20)
        for _ in 0..<4 { try await retrying(policy, budget: budget, until: .now() + .hours(1)) { _ in } }
        #expect(!budget.take())
        try await retrying(policy, budget: budget, until: .now() + .hours(1)) { _ in }
        #expect(budget.take())
        budget.refill()
        #expect(budget.take() && budget.retries == 22)
    }

    @Test("a Retry-After beyond the deadline is not waited for")
    func retryAfterTheDeadline() async throws {
        let start = NIODeadline.now()
        await #expect(throws: S3Error.self) {
            try await retrying(RetryPolicy(), until: start + .seconds(60)) { _ in
                throw S3Error("GetObject", status: 503, body: "", retryAfter: "120")
            }
        }
        #expect(NIODeadline.now() - start < .seconds(30))
    }

    @Test("the deadline ends the retries with the last cause")
    func causeBeforeTheDeadline() async throws {
        let policy = RetryPolicy(base: .nanoseconds(1), cap: .nanoseconds(1))
        let error = await #expect(throws: S3Error.self) {
            try await retrying(policy, until: .now() + .hours(1)) { attempt in
                if attempt > 0 { throw TransportError.deadlinePassed }
                throw S3Error("GetObject", status: 503, body: "<Code>SlowDown</Code>")
            }
        }
        #expect(error?.code == "SlowDown")
        await #expect(throws: TransportError.self, "nothing else is known") {
            try await retrying(policy, until: .now() + .hours(1)) { _ in throw TransportError.deadlinePassed }
        }
    }

    @Test("waits grow up to a limit, with jitter")
    func delays() {
        let policy = RetryPolicy(base: .milliseconds(10), cap: .milliseconds(500))
        for attempt in 0..<40 {
            let bound = min(Int64(500_000_000), Int64(10_000_000) << Int64(min(attempt, 20)))
            for _ in 0..<20 { #expect((0...bound).contains(policy.delay(after: attempt).nanoseconds)) }
        }
        #expect(Set((0..<50).map { _ in policy.delay(after: 20).nanoseconds }).count > 40)
    }

    @Test("transient errors are retried until the deadline, and permanent errors are not retried")
    func retries() async throws {
        let policy = RetryPolicy(base: .milliseconds(1), cap: .milliseconds(2))
        var calls = 0
        await #expect(throws: TransportError.self) {
            try await retrying(policy, until: .now() + .milliseconds(60)) { _ in throw TransportError("again") }
        }
        let answer = try await retrying(policy, until: .now() + .hours(1)) { _ in
            calls += 1
            if calls < 5 { throw TransportError("again") }
            return "at last"
        }
        #expect(answer == "at last" && calls == 5)
        calls = 0
        await #expect(throws: ConfigurationError.self) {
            try await retrying(policy, until: .now() + .seconds(5)) { _ in
                calls += 1
                throw ConfigurationError("never")
            }
        }
        #expect(calls == 1)
    }

    @Test("each version has its own result key, which is never too long")
    func keys() {
        let one = ResultKeys(S3Object(bucket: "b", key: "k.csv", eTag: "e"), prefix: "r/", isPacked: false)
        #expect(one.summary == "r/b/k.csv/e/summary.json")
        #expect(one.accepted == "r/b/k.csv/e/accepted.jsonl")
        let two = ResultKeys(
            S3Object(bucket: "b", key: "k.csv", versionID: "v", eTag: "e"), prefix: "r/", isPacked: true)
        #expect(two.accepted == "r/b/k.csv/v/accepted.jsonl.gz")
        let long = ResultKeys(
            S3Object(bucket: "b", key: String(repeating: "k", count: 1_020), eTag: "e"), prefix: "r/", isPacked: false)
        #expect(long.accepted.utf8.count <= 1_024)
    }

    @Test("XML entities are decoded, and missing end tags are errors")
    func xml() {
        #expect(XMLText.all("Key", in: "<Key>a&amp;b&lt;</Key><x/><Key>c</Key>") == ["a&b<", "c"])
        #expect(XMLText.first("Key", in: "<Key>a") == nil)
        #expect(XMLText.first("Key", in: "<Key>a&b&#x;</Key>") == "a&b&#x;")
        #expect(XMLText.escaped("\"a&b\"") == "&quot;a&amp;b&quot;")
    }

    @Test(
        "settings: what is wrong is named",
        arguments: [
            ("OUTPUT_BUCKET", ""), ("OUTPUT_PREFIX", "results"), ("OUTPUT_COMPRESSION", "zstd"),
            ("OUTPUT_RESULTS", "some"),
            ("AWS_REGION", ""), ("S3_ADDRESSING", "x"), ("S3_TIMEOUT_MS", "0"), ("AWS_LAMBDA_LOG_LEVEL", "LOUD"),
        ])
    func configuration(name: String, value: String) throws {
        let sound = ["OUTPUT_BUCKET": "out", "AWS_REGION": "eu-west-1"]
        _ = try Configuration(sound)
        let error = #expect(throws: ConfigurationError.self) { try Configuration(sound.merging([name: value]) { $1 }) }
        #expect(error?.description.contains(name) == true)
    }

    @Test("dates of four hundred years survive a round trip")
    func dates() {
        for days in stride(from: Int64(-60_000), through: 90_000, by: 17) {
            let (year, month, day) = CivilDate(days: days).components
            #expect(CivilDate(year, month, day).days == days)
        }
        #expect(Timestamp(milliseconds: 1_369_353_600_123).extended == "2013-05-24T00:00:00.123Z")
        #expect(Timestamp("99999999999999999999-01-01T00:00:00Z") == nil)
    }

    @Test("quantiles are within the documented error bound")
    func sketch() {
        for amount in (0..<60).map({ Int64(1) << Int64($0 % 34) + Int64($0 * 37) }) + Array(0..<2_000) {
            let estimate = QuantileSketch.amount(of: QuantileSketch.bucket(of: amount))
            #expect(Double(abs(estimate - amount)) <= Double(amount) * QuantileSketch.relativeError + 1e-9)
        }
    }

    @Test("metrics have CloudWatch's embedded format")
    func metrics() throws {
        let object = S3Object(bucket: "b", key: "k")
        let outcome = Outcome(
            object: object,
            statistics: .init(bytesRead: 10, rowsRead: 3, rowsAccepted: 2, rowsRejected: 1, milliseconds: 7),
            summaryKey: "s")
        let line = EmbeddedMetrics.text(outcome, retries: 4, functionName: "f", at: Timestamp(milliseconds: 5))
        let value = try JSONValue(line)
        let directive = try #require(value["_aws"]?["CloudWatchMetrics"]?.array?.first)
        for metric in try #require(directive["Metrics"]?.array) {
            let name = try #require(metric["Name"]?.string)
            #expect(value[name]?.integer != nil, "\(name) has no value")
        }
        #expect(value["_aws"]?["Timestamp"]?.integer == 5)
        #expect(value["RowsRejected"]?.integer == 1)
        #expect(value["FunctionName"]?.string == "f")
    }
}
