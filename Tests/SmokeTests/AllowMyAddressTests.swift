import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import Submission

extension ScriptTests {
    @Suite("allow-my-address.sh")
    struct AllowMyAddressTests {
        private let script = ScriptUnderTest("allow-my-address.sh")
        private static let group = "sg-0123456789abcdef0"

        @Test(
            "wants one group, and a value for an option that takes one",
            arguments: [
                ([], "exactly one security group is needed"), ([group, group], "exactly one security group is needed"),
                (["--port"], "--port needs a value"), (["--address", "", group], "--address needs a value"),
                (["--nope", group], "unknown option --nope"),
            ])
        func misuse(_ arguments: [String], _ problem: String) async throws {
            #expect(
                try await script.withoutAWS.run(arguments)
                    == .misused("allow-my-address.sh: \(problem); see --help"))
        }

        @Test(
            "refuses what is not a group's id, without asking AWS", arguments: ["sg_3452925", "sg-3452925", "a b", ""])
        func badGroup(_ group: String) async throws {
            #expect(
                try await script.withoutAWS("--address", "1.1.1.1", group)
                    == .refused(
                        "allow-my-address.sh: '\(group)' is not a security group's id: ids are sg- and 8 or 17 hexadecimal digits, as sg-0123456789abcdef0"
                    ))
        }

        @Test("refuses what is not a port, without asking AWS", arguments: ["0", "65536", "https", "-1", "0443"])
        func badPort(_ port: String) async throws {
            #expect(
                try await script.withoutAWS("--address", "1.1.1.1", "--port", port, Self.group)
                    == .refused("allow-my-address.sh: '\(port)' is not a port: ports are 1 to 65535"))
        }

        @Test(
            "refuses an address that AWS never sees a caller under",
            arguments: ["10.0.0.1", "203.0.113.9", "100.64.0.1", "224.0.0.1", "fe80::1", "::ffff:10.0.0.1"])
        func privateAddress(_ address: String) async throws {
            #expect(
                try await script.withoutAWS("--address", address, Self.group)
                    == .refused(
                        "allow-my-address.sh: '\(address)' is not a public address: AWS never sees a caller under it"))
        }

        @Test(
            "refuses what is not an address, a range or a scope included",
            arguments: ["nonsense", "1.1.1.1/0", "1.1.1", "::/0", "2606:4700::1%x", "fe80::1%eth0"])
        func noAddress(_ address: String) async throws {
            #expect(
                try await script.withoutAWS("--address", address, Self.group)
                    == .refused("allow-my-address.sh: '\(address)' is not an IP address"))
        }

        @Test("says in one line that there is no such group")
        func missing() async throws {
            let result = try await script("--address", "1.1.1.1", Self.group)
            #expect(result.code == 1 && result.out == [] && result.err.count == 1)
            #expect(result.err.first?.contains("InvalidGroup.NotFound") == true)
        }

        @Test("shows in a dry run what it would do, then does it, then has nothing to do")
        func allows() async throws {
            let group = try await makeGroup()
            let dry = try await script("--dry-run", "--address", "1.1.1.1", group)
            #expect(dry.code == 0 && dry.err == [] && dry.out.count == 1)
            #expect(
                dry.out.first?.hasPrefix(
                    "would run: aws ec2 authorize-security-group-ingress --group-id \(group) --ip-permissions ") == true
            )
            #expect(try await rules(of: group) == [])

            #expect(
                try await script("--address", "1.1.1.1", group)
                    == .done("\(group) lets 1.1.1.1/32 connect to port 443"))
            let rule = "tcp 443-443 1.1.1.1/32 allow-my-address"
            #expect(try await rules(of: group) == [rule])

            // The same address, written as IPv6.
            #expect(
                try await script("--address", "::ffff:1.1.1.1", group)
                    == .done("nothing to do: \(group) lets 1.1.1.1/32 connect to port 443 already"))
            #expect(try await rules(of: group) == [rule])
        }

        @Test("takes an IPv6 address in any spelling, and another port")
        func sixth() async throws {
            let group = try await makeGroup()
            #expect(
                try await script("--address", "2606:4700:4700:0::1111", "--port", "5432", group)
                    == .done("\(group) lets 2606:4700:4700::1111/128 connect to port 5432"))
            #expect(
                try await script("--port", "5432", "--address", "2606:4700:4700::1111", group)
                    == .done("nothing to do: \(group) lets 2606:4700:4700::1111/128 connect to port 5432 already"))
            #expect(try await rules(of: group) == ["tcp 5432-5432 2606:4700:4700::1111/128 allow-my-address"])
        }

        @Test("asks for the own address, and judges the answer before it calls AWS")
        func asksForTheAddress() async throws {
            try await withScratch { folder in
                func answering(_ body: String) throws -> ScriptUnderTest {
                    let stubs = "\(folder)/with blanks \(UUID().uuidString)"
                    try write(["curl": "#!/bin/sh\n\(body)\n"], to: stubs)
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: stubs + "/curl")
                    var script = script
                    script.stubs = stubs
                    return script
                }
                #expect(
                    try await answering("exit 22").withoutAWS(Self.group)
                        == .refused(
                            "allow-my-address.sh: https://checkip.amazonaws.com did not answer; give the address with --address"
                        ))
                #expect(
                    try await answering("printf '<html>x</html>\\n<p>1.1.1.1'").withoutAWS(Self.group)
                        == .refused("allow-my-address.sh: '<html>x</html>' is not an IP address"))
                #expect(
                    try await answering("echo 10.0.0.1").withoutAWS(Self.group)
                        == .refused(
                            "allow-my-address.sh: '10.0.0.1' is not a public address: AWS never sees a caller under it")
                )
                let group = try await makeGroup()
                #expect(
                    try await answering("echo 8.8.8.8")(group)
                        == .done("\(group) lets 8.8.8.8/32 connect to port 443"))
                #expect(try await rules(of: group) == ["tcp 443-443 8.8.8.8/32 allow-my-address"])
            }
        }

        private func makeGroup() async throws -> String {
            let answer = try await call(
                "ec2", "CreateSecurityGroup", ["GroupName": .string(unique("group")), "Description": "a test"])
            return try #require(answer["GroupId"]?.string)
        }

        private func rules(of group: String) async throws -> [String] {
            let answer = try await call("ec2", "DescribeSecurityGroups", ["GroupIds": [.string(group)]])
            return answer["SecurityGroups"].items.flatMap { $0["IpPermissions"].items }.flatMap { rule in
                (rule["IpRanges"].items + rule["Ipv6Ranges"].items).map { range in
                    let ports = "\(rule["FromPort"]?.text ?? "?")-\(rule["ToPort"]?.text ?? "?")"
                    let address = range["CidrIp"]?.text ?? range["CidrIpv6"]?.text ?? "?"
                    return "\(rule["IpProtocol"]?.text ?? "?") \(ports) \(address) \(range["Description"]?.text ?? "?")"
                }
            }.sorted()
        }
    }
}
