import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import HarnessSupport
@testable import Submission

/// The state machine of the deployed stack, executed. What it did is read from EC2, never from its own output.
@Suite("A rollout", .serialized, .fleet)
struct RolloutTests {
    /// The user whose machine is the first wave.
    static let first = "analyst-1"

    @Test("replaces every machine, the first wave before the rest, and then has nothing to do")
    func success() async throws {
        try await FleetUnderTest.with { fleet in
            let before = try await fleet.machines()
            let image = try await fleet.publish()
            let rollout = try await fleet.end(of: try await fleet.start())
            #expect(rollout.status == "SUCCEEDED", "\(rollout.cause)")

            let after = try await fleet.machines()
            #expect(after.count == 3)
            for (user, machine) in after {
                #expect(machine.image == image)
                #expect(machine.id != before[user]?.id)
                #expect(Int(machine.version) == Int(before[user]?.version ?? "").map { $0 + 1 })
            }
            let early = try #require(after[Self.first])
            #expect(after.allSatisfy { $0.key == Self.first || $0.value.launched > early.launched })
            #expect(try await fleet.goodImage() == image)
            #expect(try await fleet.holder() == nil)
            #expect(try await fleet.notices() == [])

            let again = try await fleet.end(of: try await fleet.start())
            #expect(again.status == "SUCCEEDED", "\(again.cause)")
            #expect(!again.states.contains("Soak"))
            #expect(try await fleet.machines() == after)
        }
    }

    enum Fault: String, CaseIterable, CustomTestStringConvertible {
        case health = "whose first machine does not become healthy"
        case alarm = "that sets off an alarm"
        var testDescription: String { rawValue }
    }

    @Test("takes back an image", arguments: Fault.allCases)
    func badImage(_ fault: Fault) async throws {
        try await FleetUnderTest.with { fleet in
            let before = try await fleet.machines()
            let good = try #require(try await fleet.goodImage())
            let bad = try await fleet.publish()
            let patient = try await Self.patient(12, fleet)
            let execution = try await fleet.start(patient)
            let machine = try await fleet.machine(of: Self.first, runs: bad)
            switch fault {
            case .health:
                // What failing status checks do.
                try await fleet.aws.call(
                    "autoscaling", "SetInstanceHealth",
                    ["InstanceId": .string(machine.id), "HealthStatus": "Unhealthy"])
            case .alarm: try await Self.setAlarm("ALARM", fleet)
            }
            let rollout = try await fleet.end(of: execution)
            if fault == .alarm { try await Self.setAlarm("OK", fleet) }
            try await fleet.aws.call("stepfunctions", "DeleteStateMachine", ["stateMachineArn": patient])
            #expect(rollout.status == "FAILED")
            #expect(rollout.cause == "\(bad) was refused and the fleet is back on \(good).")

            let after = try await fleet.machines()
            #expect(after[Self.first]?.image == good)
            #expect(after[Self.first]?.version == before[Self.first]?.version)
            #expect(after.filter { $0.key != Self.first } == before.filter { $0.key != Self.first })
            #expect(try await fleet.parameter() == good)
            #expect(try await fleet.goodImage() == good)
            #expect(try await fleet.holder() == nil)
            let notices = try await fleet.notices()
            #expect(notices.count == 1)
            #expect(notices.first?.hasPrefix(rollout.cause) == true)
        }
    }

    @Test("does not begin while an alarm is on")
    func alarmBefore() async throws {
        try await FleetUnderTest.with { fleet in
            let before = try await fleet.machines()
            let good = try #require(try await fleet.goodImage())
            _ = try await fleet.publish()
            try await Self.setAlarm("ALARM", fleet)
            let rollout = try await fleet.end(of: try await fleet.start())
            try await Self.setAlarm("OK", fleet)
            #expect(rollout.status == "FAILED")
            #expect(try await fleet.machines() == before)
            #expect(try await fleet.goodImage() == good)
            #expect(try await fleet.holder() == nil)
            #expect(try await fleet.notices().count == 1)

            // The schedule takes it up again.
            #expect(try await fleet.end(of: try await fleet.start()).status == "SUCCEEDED")
        }
    }

    @Test("is not started twice, and does not miss an image that comes meanwhile")
    func secondEvent() async throws {
        try await FleetUnderTest.with { fleet in
            let older = try await fleet.publish()
            let patient = try await Self.patient(4, fleet)
            let execution = try await fleet.start(patient)
            _ = try await fleet.machine(of: Self.first, runs: older)
            let newer = try await fleet.publish()
            let second = try await fleet.end(of: try await fleet.start())
            #expect(try await fleet.holder() == execution, "the first one still runs")
            #expect(second.status == "SUCCEEDED", "\(second.cause)")
            #expect(second.states.last == "AnotherRolloutRuns")

            let first = try await fleet.end(of: execution)
            try await fleet.aws.call("stepfunctions", "DeleteStateMachine", ["stateMachineArn": patient])
            #expect(first.status == "SUCCEEDED", "\(first.cause)")
            #expect(try await fleet.machines().values.map(\.image) == [newer, newer, newer])
            #expect(try await fleet.goodImage() == newer)
            #expect(try await fleet.holder() == nil)
            #expect(try await fleet.notices() == [])
        }
    }

    @Test("tries an API error again, then fails, says so and leaves the fleet alone")
    func apiError() async throws {
        try await FleetUnderTest.with { fleet in
            let before = try await fleet.machines()
            let parameter = "\"\(try fleet.output("image_parameter_name").text)\""
            let machine = try await fleet.copyOfRollout("without-parameter") {
                $0.replacingOccurrences(of: parameter, with: "\"/missing\"")
            }
            let rollout = try await fleet.end(of: try await fleet.start(machine))
            try await fleet.aws.call("stepfunctions", "DeleteStateMachine", ["stateMachineArn": machine])

            #expect(rollout.status == "FAILED")
            #expect(rollout.errors.count == 6)
            #expect(rollout.errors.allSatisfy { $0.contains("ParameterNotFound") }, "\(rollout.errors)")
            #expect(try await fleet.machines() == before)
            #expect(try await fleet.holder() == nil)
            #expect(try await fleet.notices().count == 1)
        }
    }

    @Test("that was aborted leaves its lock to the next, which finishes the work")
    func crash() async throws {
        try await FleetUnderTest.with { fleet in
            let image = try await fleet.publish()
            let patient = try await Self.patient(12, fleet)
            let aborted = try await fleet.start(patient)
            _ = try await fleet.machine(of: Self.first, runs: image)
            try await fleet.aws.call("stepfunctions", "StopExecution", ["executionArn": aborted])
            #expect(try await fleet.end(of: aborted).status == "ABORTED")
            #expect(try await fleet.holder() == aborted)
            #expect(try await fleet.machines().values.contains { $0.image != image }, "nothing was left to do")

            let next = try await fleet.end(of: try await fleet.start())
            #expect(next.status == "SUCCEEDED", "\(next.cause)")
            #expect(next.states.contains("TakeOverLock"))
            try await fleet.aws.call("stepfunctions", "DeleteStateMachine", ["stateMachineArn": patient])
            #expect(try await fleet.machines().values.map(\.image) == [image, image, image])
            #expect(try await fleet.holder() == nil)
        }
    }

    @Test("is part of a stack whose claims notice a door that somebody opened by hand")
    func openDoor() async throws {
        try await FleetUnderTest.with { fleet in
            let door: JSONValue = [
                "GroupId": try fleet.output("machine_security_group_id"),
                "IpPermissions": [
                    [
                        "IpProtocol": "tcp", "FromPort": .number(22), "ToPort": .number(22),
                        "IpRanges": [["CidrIp": "0.0.0.0/0"]],
                    ]
                ],
            ]
            let claims = PlatformClaims(outputs: fleet.outputs, aws: fleet.aws)
            try await fleet.aws.call("ec2", "AuthorizeSecurityGroupIngress", door)
            let open = try await claims.templates().filter { $0.verdict == .failed }
            try await fleet.aws.call("ec2", "RevokeSecurityGroupIngress", door)
            #expect(open.map(\.text) == ["nothing but the file system may connect to them"])
            #expect(try await claims.templates().allSatisfy { $0.verdict == .passed })
        }
    }

    /// The same rollout with longer waits, in which a busy machine gets a word in.
    private static func patient(_ seconds: Int, _ fleet: FleetUnderTest) async throws -> JSONValue {
        try await fleet.copyOfRollout("patient") {
            $0.replacing(/"(poll|soak)Seconds":\s*\d+/) { "\"\($0.1)Seconds\": \(seconds)" }
                .replacing(/"maxPolls":\s*\d+/, with: "\"maxPolls\": 2")
        }
    }

    private static func setAlarm(_ state: JSONValue, _ fleet: FleetUnderTest) async throws {
        let alarm = try #require(fleet.outputs["fleet_alarm_names"].items.first)
        // The emulator makes no metrics of log lines.
        try await fleet.aws.call(
            "cloudwatch", "SetAlarmState", ["AlarmName": alarm, "StateValue": state, "StateReason": "a test"])
    }
}
