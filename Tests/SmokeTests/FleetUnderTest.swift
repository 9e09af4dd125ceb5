import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCore
@testable import HarnessSupport
@testable import Submission
@testable import Tooling

/// The platform stack on an emulator of its own: up once for a whole suite, and still what Terraform wants at its end.
struct FleetStack: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await StackUnderTest.with { stack in
            let context = StackContext(
                target: .local, repository: try await Discovery.repository(at: Project.root),
                toolbox: Toolbox(home: HarnessHome(path: stack.home)), folder: stack.folder,
                options: StackOptions(port: stack.port), say: { _ in }, show: { _ in })
            try context.home.makeFolder(context.folder)
            // So that `down` ends it, whatever happens.
            try Journal(context.folder).note(Emulator.moto.name, .starting)
            _ = try await Emulator.moto.up(context)
            _ = try await TerraformStack.platform.up(context)
            try await FleetUnderTest.$context.withValue(context, operation: function)
            for claim in try await TerraformStack.platform.verify(context) {
                #expect(claim.verdict != .failed, "afterwards: \(claim.text), seen: \(claim.seen)")
            }
        }
    }
}

extension Trait where Self == FleetStack {
    static var fleet: FleetStack { FleetStack() }
}

/// The fleet and its rollout as an operator meets them: through the API.
struct FleetUnderTest: Sendable {
    @TaskLocal static var context: StackContext?

    struct Machine: Equatable {
        let id: String
        let image: String
        /// Of its group's launch template.
        let version: String
        let launched: String
    }

    struct Execution {
        let status: String
        let error: String
        let cause: String
        /// Those it entered, in order.
        let states: [String]
    }

    let aws: AWSClient
    let outputs: JSONValue
    /// Gets what the rollout's topic is told.
    private let queue: JSONValue

    /// Runs `body` with the suite's fleet, and a queue that hears its notices from now on.
    static func with(_ body: @escaping @Sendable (FleetUnderTest) async throws -> Void) async throws {
        let context = try #require(context)
        let outputs = try await TerraformStack.platform.outputs(context)
        try await AWSClient.with(context) { aws in
            let url = try await aws.call("sqs", "CreateQueue", ["QueueName": .string("notices-\(UUID())")])["QueueUrl"]
            let queue = try #require(url)
            let arn = try await aws.call(
                "sqs", "GetQueueAttributes", ["QueueUrl": queue, "AttributeNames": ["QueueArn"]])
            try await aws.call(
                "sns", "Subscribe",
                [
                    "TopicArn": try #require(outputs["rollout_topic_arn"]), "Protocol": "sqs",
                    "Endpoint": try #require(arn["Attributes", "QueueArn"]),
                ])
            try await body(FleetUnderTest(aws: aws, outputs: outputs, queue: queue))
        }
    }

    // MARK: What an operator does

    /// Makes an image and names it in the parameter, as the image pipeline does.
    func publish(tagged: Bool = true) async throws -> String {
        let image = try await aws.call("ec2", "RegisterImage", ["Name": .string("image-\(UUID())")])["ImageId"]
        if tagged {
            let tag = try output("image_tag")
            try await aws.call(
                "ec2", "CreateTags",
                [
                    "Resources": [try #require(image)],
                    "Tags": [["Key": try #require(tag["key"]), "Value": try #require(tag["value"])]],
                ])
        }
        try await name(try #require(image?.string))
        return try #require(image?.string)
    }

    /// Names an image in the parameter.
    func name(_ image: String) async throws {
        try await aws.call(
            "ssm", "PutParameter",
            [
                "Name": try output("image_parameter_name"), "Value": .string(image), "Type": "String",
                "DataType": "aws:ec2:image", "Overwrite": .bool(true),
            ])
    }

    /// Starts the rollout, as the rules do: with an empty input.
    func start(_ machine: JSONValue? = nil) async throws -> JSONValue {
        let arn = try machine ?? output("rollout_arn")
        return try #require(
            try await aws.call(
                "stepfunctions", "StartExecution",
                ["stateMachineArn": arn, "name": .string("\(UUID())"), "input": "{}"])["executionArn"])
    }

    /// Another state machine with an edited definition; whoever makes it deletes it.
    func copyOfRollout(_ name: String, _ edit: (String) -> String) async throws -> JSONValue {
        let deployed = try await aws.call(
            "stepfunctions", "DescribeStateMachine", ["stateMachineArn": try output("rollout_arn")])
        let text = try #require(deployed["definition"]?.string)
        let edited = edit(text)
        try #require(edited != text)
        let copy = try await aws.call(
            "stepfunctions", "CreateStateMachine",
            [
                "name": .string("\(name)-\(UUID().uuidString.prefix(8))"),
                "roleArn": try #require(deployed["roleArn"]), "definition": .string(edited),
            ])
        return try #require(copy["stateMachineArn"])
    }

    func end(of execution: JSONValue) async throws -> Execution {
        var found: JSONValue = .null
        try await wait(until: "the execution has ended") {
            found = try await aws.call("stepfunctions", "DescribeExecution", ["executionArn": execution])
            return found["status"]?.string != "RUNNING"
        }
        let events = try await aws.call(
            "stepfunctions", "GetExecutionHistory", ["executionArn": execution, "maxResults": .number(1000)]
        )["events"].items
        return Execution(
            status: found["status"]?.string ?? "?", error: found["error"]?.string ?? "",
            cause: found["cause"]?.string ?? "",
            states: events.compactMap { $0["stateEnteredEventDetails", "name"]?.string })
    }

    // MARK: What is there

    /// The machine of each user, as EC2 and Auto Scaling describe it.
    func machines() async throws -> [String: Machine] {
        let groups = try #require(outputs["groups"]?.object)
        let found = try await aws.call(
            "autoscaling", "DescribeAutoScalingGroups", ["AutoScalingGroupNames": .array(Array(groups.values))]
        )["AutoScalingGroups"].items
        var machines: [String: Machine] = [:]
        for (user, name) in groups {
            let group = found.first { $0["AutoScalingGroupName"] == name }
            guard let id = group?["Instances"].items.first?["InstanceId"] else { continue }
            let answer = try await aws.call("ec2", "DescribeInstances", ["InstanceIds": [id]])
            let instance = answer["Reservations"].items.first?["Instances"].items.first
            machines[user] = Machine(
                id: id.text, image: instance?["ImageId"]?.text ?? "?",
                version: group?["LaunchTemplate", "Version"]?.text ?? "?",
                launched: instance?["LaunchTime"]?.text ?? "?")
        }
        return machines
    }

    /// Waits until the user's machine is one of this image.
    func machine(of user: String, runs image: String) async throws -> Machine {
        var machine: Machine?
        try await wait(until: "\(user)'s machine runs \(image)") {
            machine = try await machines()[user]
            return machine?.image == image
        }
        return try #require(machine)
    }

    func parameter() async throws -> String? {
        try await aws.call("ssm", "GetParameter", ["Name": try output("image_parameter_name")])["Parameter", "Value"]?
            .string
    }

    /// The image that the rollout goes back to.
    func goodImage() async throws -> String? {
        try await aws.call("ssm", "GetParameterHistory", ["Name": try output("image_parameter_name")])["Parameters"]
            .items.first { $0["Labels"].items.contains("good") }?["Value"]?.string
    }

    func isRunning(_ execution: JSONValue) async throws -> Bool {
        try await aws.call("stepfunctions", "DescribeExecution", ["executionArn": execution])["status"] == "RUNNING"
    }

    /// What the topic was told since the last look.
    func notices() async throws -> [String] {
        let messages = try await aws.call(
            "sqs", "ReceiveMessage", ["QueueUrl": queue, "MaxNumberOfMessages": .number(10)])["Messages"].items
        for message in messages {
            try await aws.call(
                "sqs", "DeleteMessage", ["QueueUrl": queue, "ReceiptHandle": try #require(message["ReceiptHandle"])])
        }
        return messages.map { $0.document("Body")["Message"]?.text ?? "?" }
    }

    func output(_ name: String) throws -> JSONValue { try #require(outputs[name]) }

    private func wait(until what: String, _ holds: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(300)
        while try await !holds() {
            if ContinuousClock.now > end { throw HarnessError("waited five minutes and still not: \(what)") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
