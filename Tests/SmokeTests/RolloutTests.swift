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
    /// A user of the second wave.
    static let last = "analyst-3"

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
                #expect(
                    Int(machine.version) == Int(before[user]?.version ?? "").map { $0 + 1 }, "a number, never $Latest")
            }
            let early = try #require(after[Self.first])
            #expect(after.allSatisfy { $0.key == Self.first || $0.value.launched > early.launched })
            #expect(try await fleet.goodImage() == image)
            #expect(try await fleet.notices() == [])

            let again = try await fleet.end(of: try await fleet.start())
            #expect(again.status == "SUCCEEDED", "\(again.cause)")
            #expect(try await fleet.machines() == after)
        }
    }

    enum Fault: String, CaseIterable, CustomTestStringConvertible {
        case health = "whose first machine becomes unhealthy"
        case alarm = "that sets off an alarm in the first wave"
        case late = "that sets off an alarm after the first wave"
        var testDescription: String { rawValue }
    }

    @Test("takes back an image", arguments: Fault.allCases)
    func badImage(_ fault: Fault) async throws {
        try await FleetUnderTest.with { fleet in
            let good = try await fleet.publish()
            #expect(try await fleet.end(of: try await fleet.start()).status == "SUCCEEDED")
            let before = try await fleet.machines()

            let bad = try await fleet.publish()
            let patient = try await Self.patient(6, fleet)
            let execution = try await fleet.start(patient)
            let machine = try await fleet.machine(of: Self.first, runs: bad)
            #expect(
                try await fleet.machines()[Self.first]?.version == before[Self.first]?.version, "not yet the group's")
            switch fault {
            case .health:
                // What failing status checks do.
                try await fleet.aws.call(
                    "autoscaling", "SetInstanceHealth",
                    ["InstanceId": .string(machine.id), "HealthStatus": "Unhealthy"])
            case .alarm: try await Self.setAlarm("ALARM", fleet)
            case .late:
                _ = try await fleet.machine(of: Self.last, runs: bad)
                try await Self.setAlarm("ALARM", fleet)
            }
            let rollout = try await fleet.end(of: execution)
            #expect(rollout.status == "FAILED")
            #expect(try await fleet.parameter() == good)
            #expect(try await fleet.goodImage() == good)
            let notices = try await fleet.notices()
            #expect(!notices.isEmpty && notices.allSatisfy { $0.contains(bad) && $0.contains(good) }, "\(notices)")
            try await fleet.aws.call("stepfunctions", "DeleteStateMachine", ["stateMachineArn": patient])

            // Auto Scaling has rolled back the group with the trouble; nobody else was touched.
            let rolledBack = try await fleet.machines()
            #expect(
                rolledBack[Self.last]?.image == good && rolledBack[Self.last]?.version == before[Self.last]?.version)
            #expect(rolledBack[Self.first]?.image == (fault == .late ? bad : good))

            // The parameter's change starts this one. It waits until the alarm is off.
            let back = try await fleet.start()
            if fault != .health {
                try await Task.sleep(for: .seconds(3))
                #expect(try await fleet.isRunning(back))
                try await Self.setAlarm("OK", fleet)
            }
            #expect(try await fleet.end(of: back).status == "SUCCEEDED")
            #expect(try await fleet.machines().values.allSatisfy { $0.image == good })
        }
    }

    @Test("refuses an image without the pipeline's tag and leaves the fleet alone")
    func foreignImage() async throws {
        try await FleetUnderTest.with { fleet in
            let before = try await fleet.machines()
            let named = try #require(try await fleet.parameter())
            _ = try await fleet.publish(tagged: false)
            let rollout = try await fleet.end(of: try await fleet.start())
            #expect(rollout.status == "FAILED")
            #expect(rollout.error == "ForeignImage")
            #expect(try await fleet.machines() == before)
            try await fleet.name(named)
        }
    }

    @Test("replaces nothing while an alarm is on")
    func alarmBefore() async throws {
        try await FleetUnderTest.with { fleet in
            let before = try await fleet.machines()
            let image = try await fleet.publish()
            try await Self.setAlarm("ALARM", fleet)
            let rollout = try await fleet.start()
            try await Task.sleep(for: .seconds(3))
            #expect(try await fleet.isRunning(rollout))
            #expect(try await fleet.machines() == before)
            try await Self.setAlarm("OK", fleet)
            #expect(try await fleet.end(of: rollout).status == "SUCCEEDED")
            #expect(try await fleet.machines().values.allSatisfy { $0.image == image })
        }
    }

    @Test("gives way to a newer image that comes meanwhile")
    func newerImage() async throws {
        try await FleetUnderTest.with { fleet in
            let older = try await fleet.publish()
            let patient = try await Self.patient(4, fleet)
            let first = try await fleet.start(patient)
            _ = try await fleet.machine(of: Self.first, runs: older)
            let newer = try await fleet.publish()
            let second = try await fleet.end(of: try await fleet.start())
            #expect(second.status == "SUCCEEDED", "\(second.cause)")
            #expect(try await fleet.end(of: first).status == "SUCCEEDED")
            try await fleet.aws.call("stepfunctions", "DeleteStateMachine", ["stateMachineArn": patient])
            #expect(try await fleet.machines().values.map(\.image) == [newer, newer, newer])
            #expect(try await fleet.goodImage() == newer)
            #expect(try await fleet.notices() == [])
        }
    }

    @Test("that was aborted is finished by the next")
    func crash() async throws {
        try await FleetUnderTest.with { fleet in
            let image = try await fleet.publish()
            let patient = try await Self.patient(6, fleet)
            let aborted = try await fleet.start(patient)
            _ = try await fleet.machine(of: Self.first, runs: image)
            try await fleet.aws.call("stepfunctions", "StopExecution", ["executionArn": aborted])
            #expect(try await fleet.end(of: aborted).status == "ABORTED")
            #expect(try await fleet.machines().values.contains { $0.image != image }, "nothing was left to do")

            let next = try await fleet.end(of: try await fleet.start())
            #expect(next.status == "SUCCEEDED", "\(next.cause)")
            try await fleet.aws.call("stepfunctions", "DeleteStateMachine", ["stateMachineArn": patient])
            #expect(try await fleet.machines().values.map(\.image) == [image, image, image])
            #expect(try await fleet.goodImage() == image)
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
            let claims = PlatformVerification(outputs: fleet.outputs, aws: fleet.aws)
            try await fleet.aws.call("ec2", "AuthorizeSecurityGroupIngress", door)
            let open = try await claims.templates().filter { $0.verdict == .failed }
            try await fleet.aws.call("ec2", "RevokeSecurityGroupIngress", door)
            #expect(open.map(\.text) == ["only the file system and the monitoring may connect to them"])
            #expect(try await claims.templates().allSatisfy { $0.verdict == .passed })
        }
    }

    /// The same rollout with a longer soak, in which a busy machine gets a word in.
    private static func patient(_ seconds: Int, _ fleet: FleetUnderTest) async throws -> JSONValue {
        try await fleet.copyOfRollout("patient") {
            $0.replacing(/"InstanceWarmup":\s*\d+/, with: "\"InstanceWarmup\": \(seconds)")
        }
    }

    private static func setAlarm(_ state: JSONValue, _ fleet: FleetUnderTest) async throws {
        let alarm = try #require(fleet.outputs["fleet_alarm_names"].items.first)
        // The emulator makes no metrics of log lines.
        try await fleet.aws.call(
            "cloudwatch", "SetAlarmState", ["AlarmName": alarm, "StateValue": state, "StateReason": "a test"])
    }
}
