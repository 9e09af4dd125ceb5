import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct Credentials: Sendable {
    let accessKey: String
    let secretKey: String
    var sessionToken: String?
    var expiration: Timestamp?
}

/// Credentials where AWS puts them: in the environment for a function, behind an address for a container.
actor CredentialsProvider {
    private let environment: [String: String]
    private let http: HTTPClient
    private var cached: Credentials?

    init(environment: [String: String], http: HTTPClient) {
        self.environment = environment
        self.http = http
    }

    /// - Parameter isRenewed: asks again although the known ones look valid, because they were refused.
    /// - Throws: `ConfigurationError` when there are none; `TransportError` when they could not be fetched.
    func credentials(isRenewed: Bool = false) async throws -> Credentials {
        if let id = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"], !id.isEmpty {
            let token = environment["AWS_SESSION_TOKEN"] ?? ""
            return Credentials(accessKey: id, secretKey: secret, sessionToken: token.isEmpty ? nil : token)
        }
        if !isRenewed, let cached, let expiration = cached.expiration,
            expiration.milliseconds > Timestamp.now.milliseconds + 300_000
        {
            return cached
        }
        let fresh = try await fetch()
        cached = fresh
        return fresh
    }

    /// As the SDKs do it ("Container credential provider" in the AWS SDKs and Tools Reference Guide).
    private func fetch() async throws -> Credentials {
        let address: String
        if let relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"], relative.hasPrefix("/") {
            address = "http://169.254.170.2" + relative
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            address = full
        } else {
            throw ConfigurationError(
                "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                    + "or run where AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
            )
        }
        guard let (origin, path) = Origin.parse(address) else {
            throw ConfigurationError("AWS_CONTAINER_CREDENTIALS_FULL_URI is not an address: \(address)")
        }
        // In the clear only where it stays on this machine or in its container host: ECS and EKS.
        let local = ["127.0.0.1", "localhost", "169.254.170.2", "169.254.170.23"]
        guard origin.isTLS || local.contains(origin.host) else {
            throw ConfigurationError("credentials are not fetched in the clear from \(origin.host)")
        }
        var request = HTTPRequest(method: .GET, origin: origin, target: path.isEmpty ? "/" : path)
        request.patience = .seconds(2)
        if let token = try token() { request.headers.add(name: "authorization", value: token) }
        let response = try await http.send(request, deadline: .now() + .seconds(5))
        let text = try await response.text()
        guard response.status == 200, let answer = try? JSONValue(text), let id = answer["AccessKeyId"]?.string,
            let secret = answer["SecretAccessKey"]?.string
        else { throw TransportError("the credentials' endpoint answered \(response.status)") }
        return Credentials(
            accessKey: id, secretKey: secret, sessionToken: answer["Token"]?.string,
            expiration: answer["Expiration"]?.string.flatMap { Timestamp($0) })
    }

    private func token() throws -> String? {
        if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            guard let file = fopen(path, "r") else {
                throw ConfigurationError("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read: \(path)")
            }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 16_384)
            let count = fread(&bytes, 1, bytes.count, file)
            return String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isNewline).first.map {
                String($0)
            }
        }
        return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    }
}

/// A setting that is wrong or missing. Only a change of the configuration helps.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ description: String) { self.description = description }
}
