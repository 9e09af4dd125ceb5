import CheckCore
import DocumentModels
import KubernetesModel

/// Checks that Containerfile, container, probe, Service, policy and route use the same port.
struct PortChain: ManifestRule {
    let name = "k8s-ports"
    let summary = "Containerfile, container, probe, Service, policy and route agree on the port"
    let advice = Advice.rules("argument")

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap { probes($0) + arguments($0) + exposed($0, scene.repository) }
            + scene.objects.flatMap { object -> [Finding] in
                switch object.kind {
                case "Service": service(object, scene)
                case "HTTPRoute", "GRPCRoute": route(object, scene)
                case "Ingress": ingress(object, scene)
                case "NetworkPolicy": policy(object, scene)
                default: []
                }
            }
    }

    /// The port argument of a program is one of its container's ports.
    private func arguments(_ workload: Workload) -> [Finding] {
        workload.allContainers.flatMap { container -> [Finding] in
            let ports = Set(container["ports"].elements.compactMap { $0["containerPort"]?.int })
            guard !ports.isEmpty else { return [] }
            return container["args"].elements.compactMap { place in
                let listens = /--[\w.-]*(?:address|port)=(?:0\.0\.0\.0|\[::\])?:?(\d+)/
                guard let match = place.text.wholeMatch(of: listens), let port = Int(match.1), !ports.contains(port)
                else { return nil }
                return workload.object.finding(
                    "\(name)/argument", at: place, "listens on \(port), which is not among the container's ports",
                    remedy: "write the same port in both places")
            }
        }
    }

    private func probes(_ workload: Workload) -> [Finding] {
        workload.allContainers.flatMap { container -> [Finding] in
            let ports = container["ports"].elements
            let hooks = ["postStart", "preStop"].map { ($0, container["lifecycle", $0]) }
            let probes = ["readinessProbe", "livenessProbe", "startupProbe"].map { ($0, container[$0]) }
            return (probes + hooks).compactMap { kind, asking in
                let handler = asking?["httpGet"] ?? asking?["tcpSocket"] ?? asking?["grpc"]
                guard let place = handler?["port"] else { return nil }
                let isThere = ports.contains {
                    place.int == nil ? $0["name"]?.text == place.text : $0["containerPort"]?.int == place.int
                }
                if isThere { return nil }
                return workload.object.finding(
                    "\(name)/probe", at: place, severity: place.int == nil ? .error : .warning,
                    "\(kind) uses port \(place.text), which the container does not have",
                    remedy: "use one of \(Self.list(ports))")
            }
        }
    }

    private func exposed(_ workload: Workload, _ repository: Repository) -> [Finding] {
        workload.allContainers.flatMap { container -> [Finding] in
            guard let image = BuiltImage.making(container["image"]?.text ?? "", in: repository), !image.exposed.isEmpty
            else { return [] }
            let numbers = image.exposed.map(\.port)
            return container["ports"].elements.compactMap { port in
                guard let place = port["containerPort"], let number = place.int, !numbers.contains(number) else {
                    return nil
                }
                return workload.object.finding(
                    "\(name)/container", at: place,
                    "\(image.containerfile) does not expose port \(number)",
                    remedy: "write \(numbers.map(String.init).joined(separator: " or ")), or expose the port there")
            }
        }
    }

    private func service(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        guard let labels = object.spec?["selector"] else { return [] }
        let selector = LabelSelector(labels: labels)
        // Folders of one repository may contain unrelated applications.
        let own = scene.workloads(in: object.namespace, selectedBy: selector)
        let pods = own.isEmpty ? scene.clusterWorkloads(in: object.namespace, selectedBy: selector) : own
        guard !pods.isEmpty else { return [] }
        return (object.spec?["ports"]).elements.compactMap { port in
            guard let place = port["targetPort"] ?? port["port"] else { return nil }
            let missing = pods.filter { pod in
                place.int == nil
                    ? pod.port(place) == nil : !pod.ports.contains { $0.port["containerPort"]?.int == place.int }
            }
            guard let pod = missing.first else { return nil }
            return object.finding(
                // A port number works without a declaration; a port name does not.
                "\(name)/service", at: place,
                severity: place.int == nil && missing.count == pods.count || !pod.ports.isEmpty ? .error : .warning,
                "targets port \(place.text), which \(pod.object.title) does not have",
                remedy: "use one of \(Self.list(pod.ports.map(\.port)))")
        }
    }

    private func route(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        (object.spec?["rules"]).elements.flatMap { $0["backendRefs"].elements }.compactMap { backend in
            guard let service = backend["name"], let place = backend["port"] else { return nil }
            return self.backend(
                object, service.text, backend["namespace"]?.text ?? object.namespace, place, scene)
        }
    }

    private func ingress(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let paths = (object.spec?["rules"]).elements.flatMap { ($0["http", "paths"]).elements }
        let backends = paths.map { $0["backend"] } + [object.spec?["defaultBackend"]]
        return backends.compactMap { backend in
            guard let service = backend?["service"], let place = service["port", "number"] ?? service["port", "name"]
            else { return nil }
            return self.backend(object, service["name"]?.text ?? "", object.namespace, place, scene)
        }
    }

    private func backend(
        _ object: KubeObject, _ service: String, _ namespace: String, _ place: YAMLNode, _ scene: ManifestSet
    ) -> Finding? {
        guard let found = scene.find("Service", service, in: namespace) else {
            // The Service NAME-predictor, which KServe creates, has only this port. Source: KServe 0.20, pkg/constants,
            // `CommonDefaultHttpPort`.
            let predictor = service.hasSuffix("-predictor") ? String(service.dropLast("-predictor".count)) : ""
            guard place.int != 80, scene.find("InferenceService", predictor, in: namespace) != nil else { return nil }
            return object.finding(
                "\(name)/backend", at: place,
                "targets port \(place.text) of a predictor, whose Service has only port 80",
                remedy: "write 80")
        }
        // A Knative Service declares no ports, and the Services that it creates are unknown.
        guard found.group.isEmpty else { return nil }
        let ports = (found.spec?["ports"]).elements
        if ports.contains(where: { $0["port"]?.text == place.text || $0["name"]?.text == place.text }) { return nil }
        return object.finding(
            "\(name)/backend", at: place, "targets port \(place.text), which Service \(service) does not have",
            remedy: "write \(ports.compactMap { $0["port"]?.text }.joined(separator: " or "))")
    }

    /// A policy for a named port has no effect if no selected pod has the port.
    private func policy(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let pods = scene.clusterWorkloads(
            in: object.namespace, selectedBy: LabelSelector(object.spec?["podSelector"]))
        guard !pods.isEmpty else { return [] }
        return (object.spec?["ingress"]).elements.flatMap { $0["ports"].elements }.compactMap { port in
            guard let place = port["port"], place.int == nil, !pods.contains(where: { $0.port(place) != nil }) else {
                return nil
            }
            return object.finding(
                "\(name)/policy", at: place, "opens port \(place.text), which no selected pod has",
                remedy: "use one of \(Self.list(pods.flatMap { $0.ports.map(\.port) }))")
        }
    }

    private static func list(_ ports: [YAMLNode]) -> String {
        let names = ports.map { port in
            [port["name"]?.text, port["containerPort"]?.text].compactMap(\.self).joined(separator: " (")
                + (port["name"] == nil ? "" : ")")
        }
        return names.isEmpty ? "the ports that it has, once they are declared" : names.joined(separator: ", ")
    }

    var explanations: [String: String] {
        [
            "argument":
                "The program listens on a port that the container does not declare.",
            "backend":
                "The route leads to a port that the Service does not have. Requests fail.",
            "container":
                "The container declares a port that its image does not expose.",
            "policy":
                "The network policy opens a port that no selected pod has, so the traffic stays blocked.",
            "probe":
                "The probe or hook asks a port that the container does not have. The pod never becomes ready.",
            "service":
                "The Service leads to a port that the pods do not have. Connections fail.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        return [
            .sound("an application", Sample.files),
            .broken(
                "a hook that asks a port that does not exist",
                Sample.with(
                    "          livenessProbe:",
                    "          lifecycle: {preStop: {httpGet: {path: /stop, port: htp}}}\n          livenessProbe:",
                    in: "deployment"), triggers: "probe"),
            .broken(
                "an Ingress whose default leads to a port that the Service does not have",
                Sample.adding(
                    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop, namespace: shop}\nspec: {defaultBackend: {service: {name: shop, port: {number: 81}}}}\n",
                    as: "k8s/ingress.yaml"), triggers: "backend"),
            .broken(
                "a program that listens on another port",
                Sample.with(
                    "imagePullPolicy: IfNotPresent",
                    "imagePullPolicy: IfNotPresent\n          args: [\"--http-address=0.0.0.0:8081\"]", in: "deployment"
                ),
                triggers: "argument"),
            .broken(
                "a route to another port of a predictor",
                Sample.with(
                    "- name: shop\n          port: 80", "- name: advice-predictor\n          port: 81", in: "route"
                ).merging([
                    "k8s/model.yaml":
                        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: advice, namespace: shop}\n"
                ]) { $1 }, triggers: "backend"),
            .broken(
                "a container on another port than its image",
                Sample.with("containerPort: 8080", "containerPort: 8000", in: "deployment"), triggers: "container"),
            .broken(
                "an image on another port than its container",
                Sample.with("EXPOSE 8080", "EXPOSE 8000", in: "image/Containerfile"), triggers: "container"),
            .broken(
                "a probe of another port",
                Sample.with(
                    "path: /readyz\n              port: http", "path: /readyz\n              port: 9090",
                    in: "deployment"), triggers: "probe"),
            .broken(
                "a Service that leads to no port", Sample.with("targetPort: http", "targetPort: web", in: "service"),
                triggers: "service"),
            .broken(
                "a Service that leads to another number",
                Sample.with("targetPort: http", "targetPort: 80", in: "service"), triggers: "service"),
            .broken(
                "a route to a port that the Service lacks", Sample.with("port: 80\n", "port: 8080\n", in: "route"),
                triggers: "backend"),
            .sound(
                "a route to a Service of Knative",
                Sample.with("- name: shop\n          port: 80", "- name: advice\n          port: 80", in: "route")
                    .merging([
                        "k8s/model.yaml":
                            "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: advice, namespace: shop}\n"
                    ]) { $1 }),
            .broken(
                "a policy that opens no port", Sample.with("port: http", "port: web", in: "network"), triggers: "policy"
            ),
        ]
    }
}
