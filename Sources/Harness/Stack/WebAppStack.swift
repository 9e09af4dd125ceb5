import Foundation

extension CloudFormationStack {
    /// B1.
    static let webApp = CloudFormationStack(
        name: "web-app", dependencies: [Emulator.ministack.name], template: "cloudformation/web-app.yaml",
        parameters: { target, aws in
            ["CertificateArn": try await certificate(target, aws), "S3PrefixListId": try await prefixList(aws)]
        },
        describe: { $0["Endpoint"] ?? "?" },
        claims: { _, _ in [] })

    /// A certificate needs a domain that somebody owns: on a real account the user names one.
    private static func certificate(_ target: Target, _ aws: AWSClient) async throws -> String {
        if target == .aws {
            if let given = ProcessInfo.processInfo.environment["CERTIFICATE_ARN"], !given.isEmpty { return given }
            throw HarnessError(
                "web-app: the load balancer needs a certificate of AWS Certificate Manager",
                remedy: "name it: CERTIFICATE_ARN=arn:aws:acm:… make up TARGET=aws BACKEND=FILE")
        }
        let present = try await aws.call("acm", "ListCertificates")["CertificateSummaryList"].items.first
        if let arn = present?["CertificateArn"]?.string { return arn }
        let made = try await aws.call("acm", "RequestCertificate", ["DomainName": "web-app.example.com"])
        return made["CertificateArn"]?.string ?? ""
    }

    private static func prefixList(_ aws: AWSClient) async throws -> String {
        let lists = try await aws.call("ec2", "DescribePrefixLists")["PrefixLists"].items
        return lists.first { $0["PrefixListName"]?.string?.hasSuffix(".s3") ?? false }?["PrefixListId"]?.string
            ?? "pl-0"
    }
}
