import Foundation
import HarnessSupport
import Tooling

extension CloudFormationStack {
    /// B1.
    static let webApp = CloudFormationStack(
        name: "web-app", dependencies: [Emulator.ministack.name], template: "cloudformation/web-app.yaml",
        parameters: { target, aws in
            ["CertificateArn": try await certificate(target, aws), "S3PrefixListId": try await s3PrefixList(aws)]
        },
        describe: { "https://\($0["LoadBalancerDnsName"] ?? "?")" },
        claims: { outputs, aws in try await WebAppVerification(outputs, aws).all() })

    /// A certificate needs an owned domain: on a real account the user provides one.
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

    /// The id of S3's IPv4 prefix list in this region.
    static func s3PrefixList(_ aws: AWSClient) async throws -> String {
        let lists = try await aws.call("ec2", "DescribePrefixLists")["PrefixLists"].items
        let found = lists.first { list in
            let name = list["PrefixListName"]?.string ?? ""
            return name.hasPrefix("com.amazonaws.") && name.hasSuffix(".s3") && !name.contains(".ipv6.")
        }
        guard let id = found?["PrefixListId"]?.string else {
            throw HarnessError("web-app: no S3 prefix list in this region")
        }
        return id
    }
}
