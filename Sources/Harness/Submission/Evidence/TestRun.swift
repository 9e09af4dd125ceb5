import CheckCore
import Foundation
import HarnessSupport

/// The results of the last `swift test`, read from its event stream.
///
/// Source: Swift Testing, ABI/JSON: records of kind `test` name the tests, those of kind `event` tell what happened.
struct TestRun: Sendable {
    struct Test: Sendable {
        let id: String
        let name: String
        var verdict: Verdict?
        var reason = ""
        /// Of the machine's clock; `nil` before it began.
        fileprivate var start: Double?
        fileprivate(set) var seconds: Double?
        fileprivate(set) var ended: Date?
    }
    private var tests: [String: Test] = [:]
    private var suites: [(id: String, name: String)] = []
    /// Whether each deliberate break was noticed, by its id.
    private(set) var breaks: [String: Bool] = [:]

    /// Started tests with their suites.
    var all: [(suite: String, test: Test)] {
        tests.values.filter { $0.verdict != nil }.sorted { $0.id < $1.id }.map { test in
            (suites.first { test.id.hasPrefix($0.id + "/") }?.name ?? "", test)
        }
    }

    /// From the start of the first test to the end of the last.
    var seconds: Double? {
        let spans = tests.values.compactMap { test in test.ended.flatMap { end in test.seconds.map { (end, $0) } } }
        guard let first = spans.map({ $0.0.addingTimeInterval(-$0.1) }).min(), let ended else { return nil }
        return ended.timeIntervalSince(first)
    }

    var ended: Date? { tests.values.compactMap(\.ended).max() }

    /// Whether no test was left for `HARNESS_TEST_DEPTH=full`.
    var isFullDepth: Bool { !tests.values.contains { $0.reason.contains("HARNESS_TEST_DEPTH=full") } }

    /// - Throws: `HarnessError` if the file is unreadable, is not a record, or lacks skipped tests.
    init(eventStream path: String) throws {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw HarnessError(
                "no record of a test run at \(path)",
                remedy: "run `make test` to write one")
        }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let record = JSONValue(parsing: String(line)), let payload = record["payload"] else { continue }
            guard record["version"]?.text != "0" else {
                throw HarnessError(
                    "\(path) does not say which tests were skipped",
                    remedy: "run `make test` to write a complete record")
            }
            switch record["kind"]?.string {
            case "test": note(test: payload)
            case "event": note(event: payload)
            default: continue
            }
        }
        guard !tests.isEmpty else {
            throw HarnessError("\(path) is not a record of a test run", remedy: "run `make test` to write one")
        }
    }

    private mutating func note(test: JSONValue) {
        guard let id = test["id"]?.string else { return }
        let name = test["displayName"]?.string ?? test["name"]?.string ?? ""
        if test["kind"]?.string == "suite" { suites.append((id, name)) } else { tests[id] = Test(id: id, name: name) }
    }

    private mutating func note(event: JSONValue) {
        guard let id = event["testID"]?.string, tests[id] != nil else { return }
        let text = (event["messages"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: ": ")
        switch event["kind"]?.string {
        case "testStarted": tests[id]?.start = event["instant", "absolute"]?.double
        case "issueRecorded":
            // A warning says why a test was skipped. Streams before version 6.3 leave it out.
            let isWarning = event["issue", "severity"]?.string == "warning" || text.contains("skipped: ")
            if event["issue", "isKnown"]?.bool != true, tests[id]?.verdict != .failed {
                tests[id]?.verdict = isWarning ? .skipped : .failed
                tests[id]?.reason = text
            }
        case "valueAttached":
            // What `expectNoticed` attaches: the stream names neither an attachment nor a case but in this text.
            if let record = text.firstMatch(of: /Attached 'break (\S+) (noticed|missed)/) {
                breaks[String(record.1), default: true] =
                    breaks[String(record.1), default: true] && record.2 == "noticed"
            }
        case "testSkipped", "testCancelled", "testCaseCancelled":
            if tests[id]?.verdict == nil {
                tests[id]?.verdict = .skipped
                tests[id]?.reason = text
            }
        case "testEnded":
            if tests[id]?.verdict == nil { tests[id]?.verdict = .passed }
            tests[id]?.ended = event["instant", "since1970"]?.double.map(Date.init(timeIntervalSince1970:))
            if let start = tests[id]?.start, let end = event["instant", "absolute"]?.double {
                tests[id]?.seconds = end - start
            }
        default: break
        }
    }

    /// Returns the verdict on all tests of a suite, or on one; `nil` if none ran.
    func verdict(suite: String, sentence: String?) -> Evidence.Shown? {
        let prefixes = suites.filter { $0.name == suite }.map { $0.id + "/" }
        let found = tests.values.filter { test in
            test.verdict != nil && prefixes.contains { test.id.hasPrefix($0) }
                && (sentence == nil || test.name == sentence)
        }.sorted { $0.name < $1.name }
        guard !found.isEmpty else { return nil }
        let worst = [Verdict.failed, .skipped].lazy.compactMap { verdict in found.first { $0.verdict == verdict } }
            .first
        return Evidence.Shown(
            verdict: worst?.verdict ?? .passed,
            reason: worst.map { "\($0.name): \($0.reason)" }
                ?? (found.count == 1 ? "passed" : "\(found.count) tests"),
            seconds: found.compactMap(\.seconds).reduce(0, +),
            ended: found.compactMap(\.ended).max()?.ISO8601Format(),
            parts: found.map {
                .init(text: $0.name, verdict: $0.verdict ?? .skipped, seen: $0.reason)
            })
    }
}
