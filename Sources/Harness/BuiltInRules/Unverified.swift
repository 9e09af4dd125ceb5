import CheckCore
import HarnessSupport

/// Finds unverified downloads and packages: TLS or signature checks switched off, and files over plain HTTP.
///
/// In an image this is an error, because the download becomes part of every container. In a script it is an error for a
/// literal internet host, and advice for other addresses.
struct Unverified: Check {
    let name = "unverified"
    let summary = "images and scripts verify what they download"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .containerfile, .shell, .githubWorkflow, .azurePipeline).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let images = Set(context.repository.artifacts(of: .containerfile).map(\.path))
        return subjects.flatMap { subject -> [Finding] in
            let isImage = images.contains(subject.path)
            return commands(context.repository.text(of: subject.path) ?? "").compactMap { line, text in
                guard let problem = Self.problem(text, isImage: isImage) else { return nil }
                let isCertain = isImage || text.contains(Self.publicHost)
                return Finding(
                    rule: "\(name)/\(problem.rule)", severity: isCertain ? .error : .warning, path: subject.path,
                    line: line, message: problem.message, remedy: problem.remedy)
            }
        }
    }

    /// Lines joined with their continuation lines, without comments.
    private func commands(_ text: String) -> [(line: Int, text: String)] {
        var found: [(Int, String)] = []
        var (start, command) = (1, "")
        for (index, line) in text.lines.enumerated() {
            if command.isEmpty { start = index + 1 }
            if !line.drop(while: \.isWhitespace).hasPrefix("#") {
                command += line.hasSuffix("\\") ? line.dropLast() : line
                if line.hasSuffix("\\") { continue }
            } else if !command.isEmpty {
                continue
            }
            if !command.isEmpty { found.append((start, command)) }
            command = ""
        }
        return found + (command.isEmpty ? [] : [(start, command)])
    }

    /// An address with a public host name, not one of this machine, a private network or a cluster.
    private static var publicHost: Regex<Substring> {
        /https:\/\/(?!localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|[\w.\-]*\.(?:svc|local|internal|test|localhost|lan|home)\b)(?:[a-z0-9\-]+\.)+[a-z]{2,}(?=[\/:\s"']|$)/
    }

    private static func problem(_ text: String, isImage: Bool) -> (rule: String, message: String, remedy: String)? {
        let tls =
            text.contains(/(?:^|[\s;&|(])curl\s(?:[^|;&]*\s)?(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure)(?:\s|$)/)
            || text.contains(/(?:^|[\s;&|(])wget\s[^|;&]*--no-check-certificate/)
            || text.contains(/\bgit\s[^|;&]*(?:-c\s+)?http\.sslVerify(?:=|\s+)["']?false/)
            || text.contains(/\bpip3?\s[^|;&]*--trusted-host/)
            || isImage
                && text.contains(
                    /\b(?:NODE_TLS_REJECT_UNAUTHORIZED[= ]["']?0|GIT_SSL_NO_VERIFY[= ]["']?(?:1|true)|PYTHONHTTPSVERIFY[= ]["']?0|strict-ssl[= ]["']?false|Verify-Peer["'= ]+(?:false|0))/
                )
        if tls {
            return (
                "tls", "the server's certificate is not verified",
                "add the server's certificate authority to the trust store"
            )
        }
        let signature =
            isImage
            && (text.contains(/\bapt(?:-get)?\s[^|;&]*(?:--allow-unauthenticated|--force-yes)/)
                || text.contains(/\[[^\]]*trusted=yes[^\]]*\]\s+https?:/)
                || text.contains(/\b(?:yum|dnf|microdnf)\s[^|;&]*--nogpgcheck/) || text.contains(/\bgpgcheck\s*=\s*0/)
                || text.contains(/\bapk\s[^|;&]*--allow-untrusted/)
                || text.contains(/\bzypper\s[^|;&]*--no-gpg-checks/))
        if signature {
            return ("signature", "package signatures are not verified", "import the key of the repository")
        }
        if isImage, text.contains(/^\s*(?i:add)\s+(?:--\S+\s+)*["']?http:\/\//), !text.contains("--checksum=") {
            return (
                "http", "the file is downloaded over plain HTTP, so anybody on the network path can change it",
                "use https and --checksum"
            )
        }
        return nil
    }

    var explanations: [String: String] {
        [
            "http":
                "A file is fetched over HTTP without a checksum, so anybody on the way can replace it.",
            "signature":
                "The verification of package signatures is switched off.",
            "tls":
                "The verification of TLS certificates is switched off.",
        ]
    }

    var examples: [Example] {
        func image(_ text: String) -> [String: String] { ["Dockerfile": "FROM debian:12\n\(text)\n"] }
        func script(_ text: String) -> [String: String] { ["a.sh": "#!/usr/bin/env bash\n\(text)\n"] }
        return [
            .sound("a verified download", image("RUN curl -fsSL --key a https://example.com/a | tar xk")),
            .broken(
                "curl without a look at the certificate", image("↓RUN curl -fsSLk https://example.com/a -o a"),
                triggers: "tls"),
            .broken(
                "wget, on a second line", image("RUN apt-get update && \\\n  wget --no-check-certificate https://a"),
                triggers: "tls"),
            .broken("Node without TLS", image("ENV NODE_TLS_REJECT_UNAUTHORIZED=0"), triggers: "tls"),
            .broken(
                "packages without a signature", image("RUN apt-get install -y --allow-unauthenticated a"),
                triggers: "signature"),
            .broken(
                "a repository that is trusted",
                image("RUN echo 'deb [trusted=yes] https://a.example/ b c' > /etc/apt/sources.list.d/a.list"),
                triggers: "signature"),
            .broken("a file by plain HTTP", image("ADD http://example.com/a.tgz /"), triggers: "http"),
            .sound("a file with its checksum", image("ADD --checksum=sha256:0 http://example.com/a.tgz /")),
            .broken("curl in a script", script("curl -k https://downloads.example.com/a"), triggers: "tls"),
            .broken(
                "curl in a script, of a machine of one's own", script("curl --insecure https://10.0.0.1/a"),
                triggers: "tls"),
            .sound("a comment", script("# curl -k https://example.com")),
        ]
    }
}
