import HarnessSupport

/// Verifies the endpoint and its surroundings through the API.
struct ModelHostingVerification: StackVerification {
    let outputs: JSONValue
    let aws: AWSClient

    /// Checks two variants on private machines, data capture and automatic rollback.
    func endpoint() async throws -> [Assertion] {
        let endpoint = try await aws.call(
            "sagemaker", "DescribeEndpoint", ["EndpointName": .string(try name("endpoint_name"))])
        let configuration = try await aws.call(
            "sagemaker", "DescribeEndpointConfig", ["EndpointConfigName": endpoint["EndpointConfigName"] ?? .null])
        let variants = configuration["ProductionVariants"].items
        let models = try await variants.asyncMap { variant in
            try await aws.call("sagemaker", "DescribeModel", ["ModelName": variant["ModelName"] ?? .null])
        }
        let subnets = try list("subnet_ids").sorted()
        let weights = endpoint["ProductionVariants"].items.map {
            "\($0["VariantName"]?.text ?? "?") \($0["CurrentWeight"]?.text ?? "?")"
        }
        let deployment = endpoint["LastDeploymentConfig"]
        let routing = deployment?["BlueGreenUpdatePolicy", "TrafficRoutingConfiguration"]
        let alarms = (deployment?["AutoRollbackConfiguration", "Alarms"].items ?? []).map {
            $0["AlarmName"]?.text ?? "?"
        }
        let capture = configuration["DataCaptureConfig"]
        let scaling = try await aws.call(
            "application-autoscaling", "DescribeScalableTargets", ["ServiceNamespace": "sagemaker"]
        )["ScalableTargets"].items
        return [
            Assertion(
                id: "variant-weights", "one variant gets all requests, and the other is on standby",
                is: weights.filter { !$0.hasSuffix(" 0") }.count, 1
            ),
            Assertion(
                id: "network-isolation", "models have no network",
                is: models.map { $0["EnableNetworkIsolation"]?.bool ?? false }, [true, true]),
            Assertion(
                id: "private-subnets", "the models' machines are in the private subnets",
                is: models.map { ($0["VpcConfig", "Subnets"].items).compactMap(\.string).sorted() }, [subnets, subnets]),
            Assertion(
                id: "volume-encryption", "volumes are encrypted with the endpoint's own key",
                is: configuration["KmsKeyId"]?.string,
                try key("captures")),
            Assertion(
                id: "data-capture", "every request is captured", is: capture?["InitialSamplingPercentage"]?.text, "100"),
            Assertion(
                id: "capture-encryption", "captures are encrypted with the endpoint's key",
                is: capture?["KmsKeyId"]?.string,
                try key("captures")),
            Assertion(
                id: "machine-update", "an update replaces all machines at once", is: routing?["Type"]?.text,
                "ALL_AT_ONCE"),
            Assertion(
                id: "automatic-rollback", "alarms roll a deployment back", is: alarms.sorted(),
                try list("deployment_alarm_names").sorted()),
            Assertion(
                id: "autoscaling", "each variant scales from two to four machines by requests",
                is: scaling.map { "\($0["MinCapacity"]?.text ?? "?")-\($0["MaxCapacity"]?.text ?? "?")" },
                ["2-4", "2-4"]),
        ]
    }

    /// Checks that image tags are immutable and that the pipeline cannot approve models.
    func registry() async throws -> [Assertion] {
        let repository: JSONValue = ["repositoryNames": [.string(try name("repository_name"))]]
        let found = try await aws.call("ecr", "DescribeRepositories", repository)["repositories"].items.first
        let rules = try await aws.call(
            "ecr", "GetLifecyclePolicy", ["repositoryName": .string(try name("repository_name"))]
        ).document("lifecyclePolicyText")["rules"].items
        let policy = try await aws.call(
            "sagemaker", "GetModelPackageGroupPolicy",
            ["ModelPackageGroupName": .string(try name("model_package_group_name"))]
        ).document("ResourcePolicy")
        let denied = policy.statements.filter { $0["Effect"]?.string == "Deny" }.flatMap(\.actions)
        return [
            Assertion(
                id: "immutable-tags", "image tags are immutable", is: found?["imageTagMutability"]?.string,
                "IMMUTABLE"),
            Assertion(
                id: "image-scanning", "images are scanned on push",
                is: found?["imageScanningConfiguration", "scanOnPush"]?.bool,
                true),
            Assertion(
                id: "image-encryption", "images are encrypted with the pipeline's own key",
                is: found?["encryptionConfiguration", "kmsKey"]?.string,
                try key("artifacts")),
            Assertion(
                id: "untagged-images-expire", "untagged images expire after two weeks",
                is: rules.map { $0["selection", "tagStatus"]?.text ?? "?" }, ["untagged"]),
            Assertion(
                id: "pipeline-cannot-approve", "the pipeline cannot approve models", is: denied,
                ["sagemaker:UpdateModelPackage"]),
        ]
    }

    /// Checks that drift starts one retraining.
    func retraining() async throws -> [Assertion] {
        let targets = try await aws.call(
            "events", "ListTargetsByRule", ["Rule": .string(try name("drift_rule_name"))])["Targets"].items
        let machine = try await aws.call(
            "stepfunctions", "DescribeStateMachine", ["stateMachineArn": .string(try name("state_machine_arn"))])
        let lock = try await aws.call(
            "dynamodb", "GetItem",
            ["TableName": .string(try name("lock_table_name")), "Key": ["id": ["S": "lock"]]])["Item"]
        return [
            Assertion(
                id: "drift-starts-retraining", "drift starts the state machine",
                is: targets.map { $0["Arn"]?.text ?? "?" },
                [try name("state_machine_arn")]),
            Assertion(
                id: "dead-letters", "an event that cannot start the state machine goes to the dead-letter queue",
                targets.allSatisfy { $0["DeadLetterConfig", "Arn"]?.string != nil },
                seen: targets.first?["DeadLetterConfig", "Arn"]?.text ?? "nowhere"),
            Assertion(
                id: "execution-logging", "the state machine logs its executions",
                is: machine["loggingConfiguration", "level"]?.string,
                "ALL"),
            Assertion(
                id: "lock-free", "no retraining holds the lock", is: lock?["holder", "S"]?.string ?? "free", "free"),
        ]
    }

    /// Checks alarms and dashboard.
    func watching() async throws -> [Assertion] {
        func metrics(_ output: String) async throws -> [String] {
            let names = try list(output).map { JSONValue.string($0) }
            let found = try await aws.call("cloudwatch", "DescribeAlarms", ["AlarmNames": .array(names)])
            return found["MetricAlarms"].items.map { $0["MetricName"]?.text ?? "?" }.sorted()
        }
        let dashboard = try await aws.call(
            "cloudwatch", "GetDashboard", ["DashboardName": .string(try name("dashboard_name"))]
        ).document("DashboardBody")
        return [
            Assertion(
                id: "endpoint-alarms", "alarms watch errors and latency of both variants",
                is: try await metrics("deployment_alarm_names"),
                ["Invocation5XXErrors", "Invocation5XXErrors", "ModelLatency", "ModelLatency"]),
            Assertion(
                id: "drift-alarms", "alarms watch drift, quality, the monitor and retraining",
                is: try await metrics("monitor_alarm_names"),
                [
                    "ApproximateNumberOfMessagesVisible", "ExecutionsFailed", "FeaturesDrifted", "QualityRatio",
                    "RecordsJudged",
                ]),
            Assertion(
                id: "dashboard", "a dashboard shows the alarms' metrics", is: dashboard["widgets"].items.count, 5),
        ]
    }

    /// Checks that claims and captures are private, encrypted and reachable over TLS only.
    func buckets() async throws -> [Assertion] {
        var claims: [Assertion] = [try await rotatingKeys()]
        for (kind, output) in [("artifacts", "artifacts_bucket_name"), ("captures", "captures_bucket_name")] {
            let bucket: JSONValue = ["Bucket": .string(try name(output))]
            let block = try await aws.call("s3", "GetPublicAccessBlock", bucket)["PublicAccessBlockConfiguration"]
            let rule = try await aws.call("s3", "GetBucketEncryption", bucket)[
                "ServerSideEncryptionConfiguration", "Rules"
            ].items.first
            let policy = try await aws.call("s3", "GetBucketPolicy", bucket).document("Policy")
            claims += [
                Assertion(
                    id: "bucket-public-access-blocked", "the bucket of \(kind) enables all four public access blocks",
                    is: block?.object?.values.count { $0.bool == true }, 4),
                Assertion(
                    id: "bucket-encryption", "the bucket is encrypted with its own key",
                    is: rule?["ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"]?.string, try key(kind)),
                Assertion(
                    id: "bucket-tls-only", "the bucket denies plain HTTP",
                    is: policy.statements.contains(where: \.refusesPlainHTTP), true),
            ]
        }
        return claims
    }
}
