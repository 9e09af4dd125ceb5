import DocumentModels

/// A pod with the fields that the scheduler reads.
package struct SchedulablePod: Sendable {
    /// Unique in a cluster: `claims/claims-0`.
    package let name: String
    package let namespace: String
    /// The workload that creates and recreates the pod: `claims/claims`.
    package let workload: String
    let labels: [String: String]
    /// The part of the pod's specification that holds tolerations, affinity and spread.
    let spec: YAMLNode
    package let requests: Resources
    let priority: Int
    let preempts: Bool
    /// Pods of one gang start together or not at all, in one topology domain if the gang has a topology.
    package let gang: Gang?
    let volumes: [ZonalVolume]
    package let object: KubeObject
    /// The location of the pod's requests in the object; `nil` if another object defines them.
    package let place: YAMLNode?

    package struct Gang: Hashable, Sendable {
        let name: String
        let topologyKey: String?
    }

    // Parsed once, because every filter reads it for every node.
    let tolerations: [YAMLNode]
    let spread: [YAMLNode]
    let affinity: [YAMLNode]
    let antiAffinity: [YAMLNode]

    init(
        name: String, namespace: String, workload: String, labels: [String: String], spec: YAMLNode,
        requests: Resources, priority: Int, preempts: Bool, gang: Gang?, volumes: [ZonalVolume] = [],
        object: KubeObject, place: YAMLNode?
    ) {
        (self.name, self.namespace, self.workload, self.labels) = (name, namespace, workload, labels)
        (self.spec, self.requests, self.priority, self.preempts) = (spec, requests, priority, preempts)
        (self.gang, self.volumes, self.object, self.place) = (gang, volumes, object, place)
        tolerations = spec["tolerations"].elements
        spread = spec["topologySpreadConstraints"].elements
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        affinity = spec["affinity", "podAffinity", required].elements
        antiAffinity = spec["affinity", "podAntiAffinity", required].elements
    }

    /// Where the pod names a volume that has a zone.
    package var placeOfVolume: YAMLNode? { volumes.lazy.compactMap(\.place).first }

    package var asksForGPU: Bool { requests[Self.gpu, default: 0] > 0 }
    package static let gpu = "nvidia.com/gpu"

    /// The requests of a pod: the sum of its containers, or the largest init container if that is more. A limit without
    /// a request counts as a request.
    ///
    /// Source: Kubernetes documentation, "Init Containers", resource sharing within containers.
    static func requests(of spec: YAMLNode) -> Resources {
        func own(_ container: YAMLNode) -> Resources {
            Resources(container["resources", "limits"]).merging(Resources(container["resources", "requests"])) { $1 }
        }
        var (running, most) = (Resources(), Resources())
        for container in spec["initContainers"].elements {
            if container["restartPolicy"]?.text == "Always" {
                running = running.adding(own(container))
            } else {
                most = most.largest(running.adding(own(container)))
            }
        }
        running = spec["containers"].elements.map(own).reduce(running) { $0.adding($1) }
        return running.largest(most).merging(["pods": 1]) { $1 }
    }
}
