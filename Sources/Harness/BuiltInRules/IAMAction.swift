import Foundation

/// The permission that an AWS API call needs, in lower case, because IAM ignores the case of actions.
///
/// Source: Service Authorization Reference. Most actions have the name of their operation; the exceptions are listed
/// here.
enum IAMAction {
    /// - Parameters:
    ///   - service: as the SDKs and the CLI name it, for example `s3api` or `sfn`.
    ///   - operation: in any spelling: `list-objects-v2`, `ListObjectsV2` or `listObjectsV2`.
    static func of(_ service: String, _ operation: String) -> String {
        let prefix = prefixes[service] ?? service
        let plain = operation.replacingOccurrences(of: "-", with: "").lowercased()
        return exceptions["\(prefix):\(plain)"] ?? "\(prefix):\(plain)"
    }

    private static let prefixes = [
        "s3api": "s3", "sfn": "states", "stepfunctions": "states", "efs": "elasticfilesystem",
        "elbv2": "elasticloadbalancing", "cloudwatchlogs": "logs", "eventbridge": "events",
    ]

    private static let exceptions = [
        "s3:listobjectsv2": "s3:listbucket", "s3:listobjects": "s3:listbucket", "s3:headbucket": "s3:listbucket",
        "s3:ls": "s3:listbucket", "s3:listobjectversions": "s3:listbucketversions", "s3:headobject": "s3:getobject",
        "s3:createmultipartupload": "s3:putobject", "s3:uploadpart": "s3:putobject",
        "s3:completemultipartupload": "s3:putobject", "lambda:invoke": "lambda:invokefunction",
    ]

    /// Calls that need no permission: anyone with credentials may read their own identity.
    static let free: Set<String> = ["sts:getcalleridentity"]

    /// Further actions that a service performs with the caller's permissions.
    ///
    /// Sources: Auto Scaling User Guide, "Control Amazon EC2 launch template usage"; Step Functions Developer Guide,
    /// "Using CloudWatch Logs to log execution history" and "Tracing with X-Ray"; KMS Developer Guide, "kms:ViaService";
    /// Systems Manager User Guide, "Using native parameter support for Amazon Machine Image IDs".
    static func isImplied(_ action: String, by called: Set<String>, inStateMachine: Bool) -> Bool {
        switch action {
        case "kms:decrypt", "kms:generatedatakey": true
        case "ec2:describeimages": called.contains("ssm:putparameter")
        case "ec2:runinstances", "ec2:createtags", "iam:passrole":
            !called.isDisjoint(with: [
                "autoscaling:updateautoscalinggroup", "autoscaling:startinstancerefresh", "ec2:runinstances",
            ])
        // An execution that waits for a child execution polls it, and stops or redrives it together with itself.
        case "states:describeexecution", "states:stopexecution", "states:redriveexecution":
            inStateMachine && called.contains("states:startexecution")
        default:
            inStateMachine && (delivery.contains(action) || action.hasPrefix("xray:"))
        }
    }

    private static let delivery: Set<String> = [
        "logs:createlogdelivery", "logs:getlogdelivery", "logs:updatelogdelivery", "logs:deletelogdelivery",
        "logs:listlogdeliveries", "logs:putresourcepolicy", "logs:describeresourcepolicies", "logs:describeloggroups",
    ]
}
