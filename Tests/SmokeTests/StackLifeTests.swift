import Foundation
import TestSupport
import Testing

@Suite("The stack")
struct StackLifeTests {
    @Test("comes up, is what the exercise asks for, stays as it is, notices a change by hand, and leaves nothing")
    func wholeLife() async throws {
        try await StackUnderTest.with { stack in
            let first = try await stack.harness("up").run()
            #expect(first.code == 0, "\(first.stdout)\(first.stderr)")
            #expect(first.stdout.contains(" 0 failed"))
            #expect(
                try await stack.states()
                    == Self.all("up").merging(
                        ["applications": "skipped", "observability": "skipped", "mlops": "down"]) { $1 })
            #expect(first.stdout.contains("applications: up and read back  skipped: not selected: CLUSTER=none"))

            // Read by the AWS CLI, independently of the harness's own verification.
            let machine =
                "Reservations[].Instances[?State.Name=='running'][].[Tags[?Key=='Name']|[0].Value,InstanceType,PublicIpAddress]"
            #expect(
                try await stack.shell(
                    "aws ec2 describe-instances --filters Name=tag:Name,Values=workbench1 --query \"\(machine)\" --output text"
                )
                    == "workbench1\tt2.micro\tNone")
            let endpoint = "--endpoint-url \"$AWS_ENDPOINT_URL\""
            #expect(
                try await stack.shell(
                    "aws rds describe-db-instances \(endpoint) --query 'sort(DBInstances[].AvailabilityZone)' --output text"
                )
                    == "eu-west-1a\teu-west-1b")
            let group =
                "aws rds describe-db-instances \(endpoint) --query 'DBInstances[0].DBParameterGroups[0].DBParameterGroupName' --output text"
            let limit = "Parameters[?ParameterName=='max_connections'].ParameterValue"
            #expect(
                try await stack.shell(
                    "aws rds describe-db-parameters \(endpoint) --db-parameter-group-name \"$(\(group))\" --query \"\(limit)\" --output text"
                )
                    == "16000")
            #expect(
                try await stack.shell(
                    "aws iam get-group --group-name workbench-users --query 'sort(Users[].UserName)' --output text")
                    == "chuck\tdave\tvera")

            let before = try await stack.shell(
                "aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId'")
            let second = try await stack.harness("up").run()
            #expect(second.code == 0, "\(second.stderr)")
            for name in ["workbench", "platform", "processor", "model-hosting", "bucket-access", "web-app"] {
                #expect(second.stderr.contains("\(name): no changes"))
            }
            #expect(
                try await stack.shell("aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId'")
                    == before)

            try await permissionsHold(stack)

            // A change that Terraform does not manage, so that only reading back can find it.
            let key = try await stack.shell(
                "aws iam create-access-key --user-name vera --query AccessKey.AccessKeyId --output text")
            let more = "--role-name claims --policy-name more"
            let all = #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#
            _ = try await stack.shell("aws iam put-role-policy \(more) --policy-document '\(all)'")
            let third = try await stack.harness("up").run()
            #expect(third.code == 1)
            expectNoticed(
                id: "workbench/access-key", third.stdout.contains("✗ none of the users has an access key  seen: 1"),
                third.stdout)
            expectNoticed(
                id: "processor/extra-role-policy", third.stdout.contains("✗ the role has one policy  seen: "),
                third.stdout)
            _ = try await stack.shell("aws iam delete-role-policy \(more)")
            _ = try await stack.shell("aws iam delete-access-key --user-name vera --access-key-id \(key)")

            let down = try await stack.harness("down").run()
            #expect(down.code == 0, "\(down.stderr)")
            #expect(down.stdout.contains("nothing is left"))
            try await stack.expectNothingLeft()
            #expect(try await stack.states() == Self.all("down"))

            let again = try await stack.harness("down").run()
            #expect(again.code == 0)
            #expect(again.stdout.contains("nothing is up"))
        }
    }

    private static func all(_ state: String) -> [String: String] {
        let names = [
            "emulator", "cloudformation-emulator", "workbench", "platform", "cluster", "processor-package",
            "processor", "bucket-access", "web-app", "applications", "observability", "model-hosting", "mlops",
        ]
        return Dictionary(uniqueKeysWithValues: names.map { ($0, state) })
    }

    /// Every row of the table holds, and a right too many is noticed: one by a call, one by its policies.
    private func permissionsHold(_ stack: StackUnderTest) async throws {
        let cloudFormation = "--endpoint-url \"$(cat \"$1/cloudformation-emulator/endpoint\")\""
        let interrupted = try await stack.harness("permissions").run { process in
            _ = try await stack.shell(
                "until aws \(cloudFormation) iam get-user --user-name other 2>/dev/null; do sleep 0.1; done")
            kill(process, SIGINT)
        }
        #expect(interrupted.code == 130)
        let users = "aws \(cloudFormation) iam list-users --query 'Users[].UserName' --output text"
        #expect(try await stack.shell(users) == "vera", "what was made for the trial is removed")

        let sound = try await stack.harness("permissions").run()
        #expect(sound.code == 0, "\(sound.stdout)\(sound.stderr)")
        #expect(sound.stdout.contains(" 0 failed, 0 skipped"))

        let open = #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#
        _ = try await stack.shell(
            """
            aws iam put-role-policy --role-name workstations-user-analyst-1 --policy-name more --policy-document '\(open)'
            aws \(cloudFormation) iam put-user-policy --user-name vera --policy-name more --policy-document '\(open)'
            """)
        let broken = try await stack.harness("permissions").run()
        #expect(broken.code == 1)
        // The columns are as wide as their longest cell.
        let failed = broken.stdout.split(separator: "\n").filter { $0.contains("✗") }
            .map { $0.split(separator: " ").joined(separator: " ") }
        expectNoticed(
            id: "platform/user-allowed-everything",
            failed.contains { $0.contains("analyst-1 ssm:StartSession") && $0.contains("allowed by its policies") })
        expectNoticed(
            id: "bucket-access/user-allowed-everything",
            failed.contains { $0.contains("vera ") && $0.contains("s3:ListBucket ") && $0.contains("call") })
        _ = try await stack.shell(
            """
            aws iam delete-role-policy --role-name workstations-user-analyst-1 --policy-name more
            aws \(cloudFormation) iam delete-user-policy --user-name vera --policy-name more
            """)
    }
}
