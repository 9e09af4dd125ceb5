import HarnessSupport

extension PlatformVerification {
    /// Checks that a new image starts the rollout and that no rollout is running.
    func rollout() async throws -> [Assertion] {
        let machine = try name("rollout_arn")
        let rules = try list("rollout_rule_names")
        let targets = try await rules.asyncMap { rule in
            try await aws.call("events", "ListTargetsByRule", ["Rule": .string(rule)])["Targets"].items
        }
        let account = try await aws.call("sts", "GetCallerIdentity")["Account"]?.string ?? "?"
        let parameter = try name("image_parameter_name")
        let running = try await aws.call(
            "stepfunctions", "ListExecutions", ["stateMachineArn": .string(machine), "statusFilter": "RUNNING"])
        let history = try await aws.call("ssm", "GetParameterHistory", ["Name": .string(parameter)])["Parameters"].items
        let good = history.first { $0["Labels"].items.contains("good") }?["Value"]
        let current = try await aws.call("ssm", "GetParameter", ["Name": .string(parameter)])["Parameter", "Value"]
        return [
            Assertion(
                id: "rollout-rules", "the rules start the rollout",
                is: targets.map { $0.map { $0["Arn"]?.text ?? "none" }.joined(separator: " ") },
                rules.map { _ in machine }),
            Assertion(
                id: "rollout-dead-letters", "an event that cannot start the rollout goes to the dead-letter queue",
                targets.allSatisfy { $0.allSatisfy { $0["DeadLetterConfig", "Arn"]?.string != nil } },
                seen: "\(targets.joined().count { $0["DeadLetterConfig", "Arn"]?.string != nil }) with dead letters"),
            Assertion(
                id: "parameter-event", "a change of the image parameter starts the rollout",
                is: try await isNoticed(parameter, rule: rules[0], account), true),
            Assertion(
                id: "other-parameter-event", "a change of another parameter does not",
                is: try await isNoticed("\(parameter)/other", rule: rules[0], account), false),
            Assertion(id: "no-rollout-running", "no rollout is running", is: running["executions"].items.count, 0),
            Assertion(
                id: "known-good-image", "the known good image is the one that the fleet runs",
                good == nil || good == current,
                seen: good?.text ?? "none before the first rollout"),
        ]
    }

    /// Checks the alarms and their notifications.
    func notices() async throws -> [Assertion] {
        let ofFleet = try await alarms("fleet_alarm_names")
        let ofRollout = try await alarms("rollout_alarm_names")
        let topic = try name("rollout_topic_arn")
        let subscribers = try await aws.call("sns", "ListSubscriptionsByTopic", ["TopicArn": .string(topic)])
        let watching = ofFleet + ofRollout
        return [
            Assertion(id: "machine-alarm", "an alarm watches the machines", is: ofFleet.count, 1),
            Assertion(
                id: "rollout-alarms", "alarms watch for failed, aborted, late and lost rollouts", is: ofRollout.count, 4
            ),
            Assertion(
                id: "alarm-actions", "all alarms publish to the topic",
                is: watching.map { $0["AlarmActions"].items.map(\.text).joined(separator: " ") },
                watching.map { _ in topic }),
            Assertion(
                id: "topic-subscription", "the topic has an e-mail subscription",
                subscribers["Subscriptions"].items.contains { $0["Protocol"]?.string == "email" },
                seen: "\(subscribers["Subscriptions"].items.count) subscriptions"),
        ]
    }

    /// Whether the rule matches Parameter Store's change event.
    private func isNoticed(_ parameter: String, rule: String, _ account: String) async throws -> Bool? {
        let pattern = try await aws.call("events", "DescribeRule", ["Name": .string(rule)])["EventPattern"]
        let region = try name("region")
        // The form: AWS Systems Manager User Guide, "Parameter Store Change".
        let event = """
            {"id": "1", "source": "aws.ssm", "detail-type": "Parameter Store Change", "account": "\(account)", \
            "region": "\(region)", "time": "2026-01-01T00:00:00Z", \
            "resources": ["arn:aws:ssm:\(region):\(account):parameter\(parameter)"], \
            "detail": {"operation": "Update", "name": "\(parameter)", "type": "String"}}
            """
        return try await aws.call(
            "events", "TestEventPattern", ["EventPattern": pattern ?? .null, "Event": .string(event)]
        )["Result"]?.bool
    }

    private func alarms(_ output: String) async throws -> [JSONValue] {
        let names = try list(output).map { JSONValue.string($0) }
        return try await aws.call("cloudwatch", "DescribeAlarms", ["AlarmNames": .array(names)])["MetricAlarms"].items
    }
}
