import HarnessSupport
import KubernetesModel

/// The part of a Deployment that is needed to run its containers.
struct Deployment: Hashable, Codable, Sendable {
    let name: String
    let namespace: String
    /// Labels of its pods, which Services select.
    let labels: [String: String]
    let replicas: Int
    let image: String
    let command: [String]
    let arguments: [String]
    let environment: [String: String]
    /// Container ports by name.
    let ports: [String: Int]
    let limits: Limits
    let security: Security
    /// Empty folders in memory, by mount path.
    let scratch: [String: Int?]
    /// Files of config maps: mount path of the folder, then name and content.
    let files: [String: [String: String]]
    let readiness: Probe?
    let liveness: Probe?
    /// Time limit until the container is ready for the first time.
    let startSeconds: Int
    /// Time between removal from the Service and SIGTERM.
    let pauseSeconds: Int
    /// Time between SIGTERM and SIGKILL.
    let graceSeconds: Int

    struct Limits: Hashable, Codable, Sendable {
        let memory: Int
        let cpus: Double
    }

    struct Security: Hashable, Codable, Sendable {
        let user: Int?
        let group: Int?
        let isReadOnly: Bool
        let mayGainPrivileges: Bool
        let dropped: [String]
        let added: [String]
        let seccomp: String
    }

    struct Probe: Hashable, Codable, Sendable {
        let path: String
        let port: Int
        let periodSeconds: Int
        let timeoutSeconds: Int
    }

    var title: String { "\(namespace)/\(name)" }
    /// The image's name without registry, tag and digest.
    var imageName: String { String(image.lastPathPart.prefix { $0 != ":" && $0 != "@" }) }
}

extension Deployment {
    /// - Throws: `HarnessError` for settings that Docker cannot apply, instead of ignoring them silently.
    init(_ deployment: JSONValue, in manifests: Manifests) throws {
        name = deployment.name
        namespace = deployment.namespace
        let title = "\(namespace)/\(name)"
        func refused(_ what: String) -> HarnessError {
            HarnessError(
                "Deployment \(title): \(what)", remedy: "change the overlay, or use a cluster: make up CLUSTER=current")
        }
        let template = deployment["spec", "template"] ?? .null
        let pod = template["spec"] ?? .null
        let containers = pod["containers"].items
        guard containers.count == 1, let container = containers.first, pod["initContainers"].items.isEmpty else {
            throw refused("has more than one container: Docker cannot run them as one pod")
        }
        labels = template["metadata", "labels"]?.strings ?? [:]
        let scaler = manifests.all("HorizontalPodAutoscaler").first {
            $0.namespace == deployment.namespace && $0["spec", "scaleTargetRef", "name"]?.string == deployment.name
        }
        replicas = deployment["spec", "replicas"]?.int ?? scaler?["spec", "minReplicas"]?.int ?? 1
        guard let image = container["image"]?.string else { throw refused("has no image") }
        self.image = image
        command = container["command"].items.compactMap(\.string)
        arguments = container["args"].items.compactMap(\.string)
        environment = try Self.environment(of: container, namespace, manifests, refused)
        ports = Dictionary(
            container["ports"].items.map { ($0["name"]?.string ?? "", $0["containerPort"]?.int ?? 0) },
            uniquingKeysWith: { $1 })
        guard let memory = (container["resources", "limits", "memory"]?.text).flatMap(Quantity.init),
            let cpus = (container["resources", "limits", "cpu"]?.text).flatMap(Quantity.init)
        else { throw refused("has no valid memory or CPU limit") }
        limits = Limits(memory: Int(memory.value), cpus: cpus.value)
        security = try Security(pod["securityContext"], container["securityContext"], refused)
        (scratch, files) = try Self.volumes(of: pod, container, namespace, manifests, refused)
        readiness = try Probe(container["readinessProbe"], ports, refused)
        liveness = try Probe(container["livenessProbe"], ports, refused)
        let start = container["startupProbe"] ?? container["readinessProbe"] ?? .null
        let (threshold, period) = (start["failureThreshold"]?.int ?? 3, start["periodSeconds"]?.int ?? 10)
        startSeconds = max(30, Int(clamped: Double(threshold) * Double(period)))
        pauseSeconds = container["lifecycle", "preStop", "sleep", "seconds"]?.int ?? 0
        graceSeconds = pod["terminationGracePeriodSeconds"]?.int ?? 30
    }

    private static func environment(
        of container: JSONValue, _ namespace: String, _ manifests: Manifests, _ refused: (String) -> HarnessError
    ) throws -> [String: String] {
        var result: [String: String] = [:]
        for source in container["envFrom"].items {
            guard let name = source["configMapRef", "name"]?.string,
                let map = manifests.named("ConfigMap", name, in: namespace)
            else { throw refused("reads its environment from a source other than a ConfigMap of its namespace") }
            result.merge(map["data"]?.strings ?? [:]) { $1 }
        }
        for variable in container["env"].items {
            guard let name = variable["name"]?.string else { continue }
            if let value = variable["value"]?.string {
                result[name] = value
            } else if let reference = variable["valueFrom", "configMapKeyRef"], let key = reference["key"]?.string,
                let map = manifests.named("ConfigMap", reference["name"]?.string ?? "", in: namespace)
            {
                result[name] = map["data", key]?.string
            } else {
                throw refused("reads \(name) from a source other than a ConfigMap of its namespace")
            }
        }
        return result
    }

    private static func volumes(
        of pod: JSONValue, _ container: JSONValue, _ namespace: String, _ manifests: Manifests,
        _ refused: (String) -> HarnessError
    ) throws -> (scratch: [String: Int?], files: [String: [String: String]]) {
        var scratch: [String: Int?] = [:]
        var files: [String: [String: String]] = [:]
        for mount in container["volumeMounts"].items {
            let name = mount["name"]?.string ?? ""
            let path = mount["mountPath"]?.string ?? ""
            let volume = pod["volumes"].items.first { $0["name"]?.string == name } ?? .null
            if let folder = volume["emptyDir"] {
                scratch[path] = .some((folder["sizeLimit"]?.text).flatMap(Quantity.init).map { Int($0.value) })
            } else if let map = manifests.named("ConfigMap", volume["configMap", "name"]?.string ?? "", in: namespace),
                mount["subPath"] == nil, volume["configMap", "items"] == nil
            {
                files[path] = map["data"]?.strings ?? [:]
            } else {
                throw refused("mounts \(name), which is neither an emptyDir nor a whole ConfigMap")
            }
        }
        return (scratch, files)
    }
}

extension Deployment.Security {
    /// The container's settings override the pod's.
    fileprivate init(
        _ pod: JSONValue?, _ container: JSONValue?, _ refused: (String) -> HarnessError
    ) throws {
        guard container?["privileged"]?.bool != true else { throw refused("is privileged") }
        user = container?["runAsUser"]?.int ?? pod?["runAsUser"]?.int
        group = container?["runAsGroup"]?.int ?? pod?["runAsGroup"]?.int
        isReadOnly = container?["readOnlyRootFilesystem"]?.bool ?? false
        mayGainPrivileges = container?["allowPrivilegeEscalation"]?.bool ?? true
        dropped = (container?["capabilities", "drop"]).items.compactMap(\.string)
        added = (container?["capabilities", "add"]).items.compactMap(\.string)
        let profile = container?["seccompProfile", "type"]?.string ?? pod?["seccompProfile", "type"]?.string
        seccomp = profile ?? "Unconfined"
        guard ["RuntimeDefault", "Unconfined"].contains(seccomp) else {
            throw refused("has the seccomp profile \(seccomp)")
        }
    }
}

extension Deployment.Probe {
    fileprivate init?(_ probe: JSONValue?, _ ports: [String: Int], _ refused: (String) -> HarnessError) throws {
        guard let probe else { return nil }
        let wanted = probe["httpGet", "port"]
        guard let path = probe["httpGet", "path"]?.string, let port = wanted?.int ?? ports[wanted?.string ?? ""] else {
            throw refused("has a probe that is not an httpGet of one of its ports")
        }
        self.path = path
        self.port = port
        periodSeconds = probe["periodSeconds"]?.int ?? 10
        timeoutSeconds = probe["timeoutSeconds"]?.int ?? 1
    }
}
