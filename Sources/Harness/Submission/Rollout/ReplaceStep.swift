/// The calls that replace one machine: the tasks within ReplaceBatch of rollout.asl.json, by their names there.
enum ReplaceStep: String, CaseIterable {
    case readGroup = "ReadGroup"
    case findVersion = "FindVersion"
    case makeVersion = "MakeVersion"
    case readMachine = "ReadMachine"
    case pinVersion = "PinVersion"
    case endOldMachine = "EndOldMachine"
    case readHealth = "ReadHealth"
    case readNewMachine = "ReadNewMachine"

    var action: String {
        switch self {
        case .readGroup, .readHealth: "autoscaling:describeAutoScalingGroups"
        case .findVersion: "ec2:describeLaunchTemplateVersions"
        case .makeVersion: "ec2:createLaunchTemplateVersion"
        case .readMachine, .readNewMachine: "ec2:describeInstances"
        case .pinVersion: "autoscaling:updateAutoScalingGroup"
        case .endOldMachine: "autoscaling:terminateInstanceInAutoScalingGroup"
        }
    }

    /// What throttles the action. Every action has a bucket of its own.
    var rate: Quota.Rate {
        switch self {
        case .readGroup, .readHealth: Quota.autoScalingDescribe
        case .findVersion, .readMachine, .readNewMachine: Quota.ec2Describe
        case .makeVersion: Quota.ec2Change
        case .pinVersion, .endOldMachine: Quota.autoScalingChange
        }
    }

    /// State transitions from this task up to the next one.
    var transitions: Int {
        switch self {
        case .readGroup, .readMachine, .pinVersion: 2
        case .findVersion: 3  // At most: UseVersion is passed over where MakeVersion follows.
        case .makeVersion: 1
        case .endOldMachine: 2
        case .readHealth: 6
        case .readNewMachine: 3
        }
    }
}
