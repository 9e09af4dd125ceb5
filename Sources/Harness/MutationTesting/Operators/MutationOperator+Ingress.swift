extension MutationOperator {
    static let ingress = [
        MutationOperator(
            "ingress-widened", "a door is opened to every address", in: [.terraform, .cloudformation],
            caughtBy: "a test that lists the rules of the security group"
        ) {
            $0.replacing(/\b(cidr_ipv4|referenced_security_group_id|prefix_list_id)(\s*)=\s*[^\s"{\[].*$/) {
                ["cidr_ipv4\($0.2)= \"0.0.0.0/0\""]
            }
                + $0.replacing(/\b(?:SourceSecurityGroupId|SourcePrefixListId|CidrIp): .+$/) { _ in
                    ["CidrIp: 0.0.0.0/0"]
                }
        },
        MutationOperator(
            "made-public", "what was private gets a public address or policy", in: [.terraform, .cloudformation],
            caughtBy: "a test that reads the argument back"
        ) {
            $0.replacing(
                /\b(publicly_accessible|associate_public_ip_address|map_public_ip_on_launch|endpoint_public_access|MapPublicIpOnLaunch|AssociatePublicIpAddress)(\s*[=:]\s*)false\b/
            ) { ["\($0.1)\($0.2)true"] }
                + $0.replacing(
                    /\b(block_public_acls|block_public_policy|ignore_public_acls|restrict_public_buckets|BlockPublicAcls|BlockPublicPolicy|IgnorePublicAcls|RestrictPublicBuckets)(\s*[=:]\s*)true\b/
                ) { ["\($0.1)\($0.2)false"] }
        },
    ]
}
