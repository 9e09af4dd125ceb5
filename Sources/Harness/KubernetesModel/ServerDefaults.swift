import DocumentModels

/// The defaults that the API server fills in before an admission policy sees a workload.
///
/// Source: kubernetes@v1.36.0, pkg/apis/core/v1/defaults.go, pkg/apis/apps/v1/defaults.go, pkg/apis/batch/v1/defaults.go;
/// plugin/pkg/admission/limitranger/admission.go and plugin/pkg/admission/serviceaccount/admission.go for pods.
enum ServerDefaults {
    private static let spec: [String: KeyValuePairs<String, CELValue>] = [
        "Deployment": ["replicas": .int(1), "revisionHistoryLimit": .int(10), "progressDeadlineSeconds": .int(600)],
        "ReplicaSet": ["replicas": .int(1)],
        "ReplicationController": ["replicas": .int(1)],
        "StatefulSet": [
            "replicas": .int(1), "podManagementPolicy": .string("OrderedReady"), "revisionHistoryLimit": .int(10),
        ],
        "DaemonSet": ["revisionHistoryLimit": .int(10)],
        "Job": [
            "backoffLimit": .int(6), "completionMode": .string("NonIndexed"), "suspend": .bool(false),
        ],
        "CronJob": [
            "concurrencyPolicy": .string("Allow"), "suspend": .bool(false), "successfulJobsHistoryLimit": .int(3),
            "failedJobsHistoryLimit": .int(1),
        ],
        "Service": ["type": .string("ClusterIP"), "sessionAffinity": .string("None")],
    ]

    private static let pod: KeyValuePairs<String, CELValue> = [
        "restartPolicy": .string("Always"), "dnsPolicy": .string("ClusterFirst"),
        "schedulerName": .string("default-scheduler"), "terminationGracePeriodSeconds": .int(30),
        "securityContext": .object([:]),
    ]

    private static let container: KeyValuePairs<String, CELValue> = [
        "terminationMessagePath": .string("/dev/termination-log"), "terminationMessagePolicy": .string("File"),
        "resources": .object([:]),
    ]

    /// - Parameter limits: the elements of `limits` of the namespace's LimitRanges.
    static func fill(_ object: CELValue, kind: String, group: String, limits: [YAMLNode]) -> CELValue {
        guard KubernetesSchemas.serves(group: group) else { return object }
        let isPod = kind == "Pod" && group.isEmpty
        var object = object
        if let fields = spec[kind] { object.change(["spec"]) { $0.add(fields) } }
        if kind == "Service", object.map?["spec"]?.map?["type"]?.text != "ExternalName" {
            object.change(["spec"]) { $0.add(["internalTrafficPolicy": .string("Cluster")]) }
        }
        if isPod { object.change(["spec"]) { $0.add(["serviceAccountName": .string("default")]) } }
        let way: [String]? =
            switch kind {
            case "Pod": ["spec"]
            case "CronJob": ["spec", "jobTemplate", "spec", "template", "spec"]
            case "Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job":
                ["spec", "template", "spec"]
            default: nil
            }
        guard let way else { return object }
        object.change(way) { spec in
            spec.add(pod)
            for name in ["containers", "initContainers", "ephemeralContainers"] {
                guard case .list(let containers)? = spec[name] else { continue }
                spec[name] = .list(
                    containers.map { value in
                        guard var map = value.map else { return value }
                        let isLatest = Self.isLatest(map["image"]?.text ?? "")
                        map.add(container)
                        map.add(["imagePullPolicy": .string(isLatest ? "Always" : "IfNotPresent")])
                        if isPod, name != "ephemeralContainers" { map["resources"] = resources(map, limits) }
                        return .map(map)
                    })
            }
        }
        return object
    }

    private static func isLatest(_ image: String) -> Bool {
        let name = image.split(separator: "/").last ?? ""
        return !image.contains("@") && (name.hasSuffix(":latest") || !name.contains(":"))
    }

    /// A request that is not stated is the stated limit, then the LimitRange's; a limit is the LimitRange's.
    private static func resources(_ container: CELMap, _ limits: [YAMLNode]) -> CELValue {
        var resources = container["resources"]?.map ?? CELMap()
        let ranges = limits.filter { $0["type"]?.text == "Container" }
        func merged(_ name: String, _ others: [CELMap]) {
            var all = resources[name]?.map ?? CELMap()
            for other in others {
                for key in other.keys where all[key] == nil { all[key] = other[key] }
            }
            if !all.keys.isEmpty { resources[name] = .map(all) }
        }
        let stated = resources["limits"]?.map ?? CELMap()
        let defaults = ranges.map(containerDefaults)
        merged("requests", [stated] + defaults.map(\.requests))
        merged("limits", defaults.map(\.limits))
        return .map(resources)
    }

    /// What a LimitRange gives a container: its `max` is the limit where it has no `default`, that limit is the request
    /// where it has no `defaultRequest`, and its `min` the request where neither is stated (SetDefaults_LimitRangeItem).
    private static func containerDefaults(_ range: YAMLNode) -> (requests: CELMap, limits: CELMap) {
        func merge(_ fields: [CELMap]) -> CELMap {
            fields.reduce(into: CELMap()) { all, next in
                for key in next.keys where all[key] == nil { all[key] = next[key] }
            }
        }
        func stated(_ field: String) -> CELMap { range[field].flatMap { CELValue($0).map } ?? CELMap() }
        let limits = merge([stated("default"), stated("max")])
        return (merge([stated("defaultRequest"), limits, stated("min")]), limits)
    }
}

extension CELMap {
    /// Adds the fields that the map lacks.
    fileprivate mutating func add(_ fields: KeyValuePairs<String, CELValue>) {
        for (key, value) in fields where self[key] == nil { self[key] = value }
    }
}

extension CELValue {
    /// Changes the map at the end of a way, where there is one.
    fileprivate mutating func change(_ way: [String], _ body: (inout CELMap) -> Void) {
        guard case .map(var map) = self else { return }
        if let name = way.first {
            guard var inner = map[name] else { return }
            inner.change(Array(way.dropFirst()), body)
            map[name] = inner
        } else {
            body(&map)
        }
        self = .map(map)
    }
}
