import Logging
import NIOCore

/// The function's settings, from its environment.
public struct Configuration: Sendable {
    let outputBucket: String
    let outputPrefix: String
    let isPacked: Bool
    let writesRows: Bool
    let endpoint: S3Endpoint
    /// How long S3 may be silent in the middle of a request.
    let patience: TimeAmount
    let functionName: String
    let logLevel: Logger.Level
    let environment: [String: String]

    /// - Throws: `ConfigurationError` that names the variable.
    public init(_ environment: [String: String]) throws(ConfigurationError) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let bucket = value("OUTPUT_BUCKET") else {
            throw ConfigurationError("OUTPUT_BUCKET is not set: name the bucket for the results")
        }
        outputBucket = bucket
        let prefix = environment["OUTPUT_PREFIX"] ?? "results/"
        guard prefix.isEmpty || prefix.hasSuffix("/"), !prefix.hasPrefix("/") else {
            throw ConfigurationError("OUTPUT_PREFIX must end in a slash and not start with one: \(prefix)")
        }
        outputPrefix = prefix
        switch value("OUTPUT_COMPRESSION") ?? "none" {
        case "none": isPacked = false
        case "gzip": isPacked = true
        case let other: throw ConfigurationError("OUTPUT_COMPRESSION is none or gzip, not \(other)")
        }
        switch value("OUTPUT_RESULTS") ?? "all" {
        case "all": writesRows = true
        case "summary": writesRows = false
        case let other: throw ConfigurationError("OUTPUT_RESULTS is all or summary, not \(other)")
        }
        endpoint = try Self.endpoint(environment)
        guard let patience = Int64(value("S3_TIMEOUT_MS") ?? "20000"), (1...900_000).contains(patience) else {
            throw ConfigurationError("S3_TIMEOUT_MS is a number of milliseconds from 1 to 900000")
        }
        self.patience = .milliseconds(patience)
        functionName = value("AWS_LAMBDA_FUNCTION_NAME") ?? "local"
        let level = value("AWS_LAMBDA_LOG_LEVEL") ?? "INFO"
        switch level.uppercased() {
        case "TRACE": logLevel = .trace
        case "DEBUG": logLevel = .debug
        case "INFO": logLevel = .info
        case "WARN": logLevel = .warning
        case "ERROR": logLevel = .error
        case "FATAL": logLevel = .critical
        default: throw ConfigurationError("AWS_LAMBDA_LOG_LEVEL is not a level that Lambda knows: \(level)")
        }
        self.environment = environment
    }

    /// - Throws: `ConfigurationError` that names the variable.
    static func endpoint(_ environment: [String: String]) throws(ConfigurationError) -> S3Endpoint {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let region = value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") else {
            throw ConfigurationError("AWS_REGION is not set")
        }
        let address = value("AWS_ENDPOINT_URL_S3") ?? value("AWS_ENDPOINT_URL")
        let isPathStyle: Bool
        switch value("S3_ADDRESSING") {
        case "path": isPathStyle = true
        case "virtual": isPathStyle = false
        // Emulators seldom have a name for each bucket.
        case nil: isPathStyle = address != nil
        case let other?: throw ConfigurationError("S3_ADDRESSING is path or virtual, not \(other)")
        }
        let endpoint = S3Endpoint(address: address, region: region, isPathStyle: isPathStyle)
        _ = try endpoint.locate(bucket: "bucket", key: "key")
        return endpoint
    }
}
