import Logging
import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The function's life: start, one invocation after another, end.
public enum LambdaRuntime {
    /// Runs until SIGTERM, or until the Runtime API is gone.
    ///
    /// - Returns: the exit code.
    public static func run(_ environment: [String: String]) async -> Int32 {
        guard let address = environment["AWS_LAMBDA_RUNTIME_API"] else {
            writeLine(
                "bootstrap: AWS_LAMBDA_RUNTIME_API is not set: Lambda sets it. To run on files, see "
                    + "`harness process --help`", to: 2)
            return 2
        }
        let http = HTTPClient(authorities: environment["AWS_CA_BUNDLE"])
        let client: RuntimeClient
        do {
            client = try RuntimeClient(address: address, http: http)
        } catch {
            writeLine("bootstrap: \(error)", to: 2)
            return 2
        }
        let termination = Termination()
        let handler: EventHandler
        do {
            let configuration = try Configuration(environment)
            let level = configuration.logLevel
            LoggingSystem.bootstrap { _ in JSONLogHandler(logLevel: level) }
            handler = EventHandler(configuration: configuration, http: http)
        } catch {
            try? await client.failToStart(type: "ConfigurationError", message: error.description)
            writeLine(
                JSONText(object: [("level", "FATAL"), ("message", JSONText(string: error.description))]).text, to: 2)
            return 1
        }
        let log = Logger(label: "processor")
        while true {
            let invocation: Invocation
            do {
                termination.setIdle(true)
                invocation = try await client.next()
                termination.setIdle(false)
            } catch {
                log.critical("the Runtime API is gone", metadata: ["error": "\(error)"])
                return 1
            }
            do {
                try await answer(invocation, client, handler, log)
            } catch {
                log.critical("the answer did not reach the Runtime API", metadata: ["error": "\(error)"])
                return 1
            }
            if termination.isDue { return 0 }
        }
    }

    private static func answer(
        _ invocation: Invocation, _ client: RuntimeClient, _ handler: EventHandler, _ log: Logger
    ) async throws {
        var log = log
        log[metadataKey: "requestId"] = "\(invocation.requestID)"
        if let trace = invocation.traceID {
            setenv("_X_AMZN_TRACE_ID", trace, 1)
            log[metadataKey: "traceId"] = "\(trace)"
        }
        let rest = invocation.deadline.milliseconds - Timestamp.now.milliseconds
        let answer: String
        do {
            answer = try await handler.handle(
                invocation.event, deadline: .now() + .milliseconds(max(0, rest)), log: log)
        } catch {
            let (type, message) = describe(error)
            log.error("failed", metadata: ["type": "\(type)", "reason": "\(message)"])
            return try await client.fail(invocation, type: type, message: message)
        }
        try await client.succeed(invocation, with: answer)
    }

    private static func describe(_ error: any Error) -> (type: String, message: String) {
        switch error {
        case let error as S3Error: (error.code, error.description)
        case let error as TransportError: ("TransportError", error.description)
        case let error as ConfigurationError: ("ConfigurationError", error.description)
        case let error as S3Event.Malformed: ("MalformedEvent", error.description)
        default: ("UnknownError", "\(error)")
        }
    }
}

/// One line, in one call: lines of several threads do not mix.
func writeLine(_ text: String, to descriptor: Int32) {
    var line = Array(text.utf8)
    line.append(0x0A)
    var done = 0
    while done < line.count {
        let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, $0.count - done) }
        guard count > 0 else { return }
        done += count
    }
}
