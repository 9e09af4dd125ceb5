import CheckCore
import DeliveryModel
import DocumentModels
import HarnessSupport
import KubernetesModel

/// Checks that probes exist and request paths that the service answers.
///
/// The paths come from nginx's configuration or the table of requests in the README, both beside the image's
/// Containerfile. For third-party programs they come from `probes` in `exporters.yaml`.
struct Probes: ManifestRule {
    let name = "k8s-probes"
    let summary = "serving containers have probes, and the probed paths exist"
    let advice = Advice.rules("missing", "startup", "no-table")

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap { workload in
            workload.containers.flatMap { present(workload, $0) + paths(workload, $0, scene.repository) }
        } + scene.objects.flatMap { rewritten($0, scene) }
    }

    private func present(_ workload: Workload, _ container: YAMLNode) -> [Finding] {
        guard ["Deployment", "StatefulSet", "DaemonSet"].contains(workload.object.kind),
            !container["ports"].elements.isEmpty
        else { return [] }
        var findings: [Finding] = []
        for kind in ["readinessProbe", "livenessProbe"] where container[kind] == nil {
            findings.append(
                workload.object.finding(
                    "\(name)/missing", at: container["name"],
                    "container \(container["name"]?.text ?? "?") has no \(kind)",
                    remedy: "add the probe: readiness removes the pod from its Service, liveness restarts it"))
        }
        if let liveness = container["livenessProbe"], container["startupProbe"] == nil,
            liveness["initialDelaySeconds"] == nil
        {
            findings.append(
                workload.object.finding(
                    "\(name)/startup", at: liveness,
                    "container \(container["name"]?.text ?? "?") may be restarted before it has started",
                    remedy: "add a startupProbe, which delays the other probes until it succeeds"))
        }
        return findings
    }

    private func paths(_ workload: Workload, _ container: YAMLNode, _ repository: Repository) -> [Finding] {
        let reference = container["image"]?.text ?? ""
        let asked = ["readinessProbe", "livenessProbe", "startupProbe"].compactMap { container[$0, "httpGet", "path"] }
        guard let first = asked.first else { return [] }
        guard let image = BuiltImage.making(reference, in: repository) else {
            let program = ImageReference(reference).repository.lastPathPart
            guard let answers = Exporters.probes(of: program, in: repository) else { return [] }
            return asked.filter { !answers.contains($0.text) }.map { place in
                workload.object.finding(
                    "\(name)/endpoint", at: place, "requests \(place.text), which \(program) is not known to answer",
                    remedy: "use one of \(answers.joined(separator: ", ")), or add it to exporters.yaml")
            }
        }
        guard let table = EndpointTable(beside: image.containerfile, in: repository) else {
            return [
                workload.object.finding(
                    "\(name)/no-table", at: first, "no table lists the paths that \(image.containerfile) answers",
                    remedy: "add a table of requests to the README in the same folder: | Request | Answer |")
            ]
        }
        return asked.filter { place in !table.answers(place.text) }.map { place in
            workload.object.finding(
                "\(name)/endpoint", at: place, "requests \(place.text), which \(table.file) does not list",
                remedy: "use one of \(table.list)")
        }
    }

    /// A route rewrites only to a path of the service or to a prefix of such paths.
    private func rewritten(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        guard object.kind == "HTTPRoute" else { return [] }
        return (object.spec?["rules"]).elements.flatMap { rule -> [Finding] in
            let filters = rule["filters"].elements.compactMap { $0["urlRewrite", "path"] }
            let images = rule["backendRefs"].elements.compactMap { $0["name"]?.text }.compactMap {
                name -> BuiltImage? in
                guard let service = scene.find("Service", name, in: object.namespace) else { return nil }
                let pods = scene.clusterWorkloads.first {
                    $0.namespace == service.namespace
                        && LabelSelector(labels: service.spec?["selector"]).matches($0.labels)
                }
                return pods?.containers.compactMap { $0["image"]?.text }.compactMap {
                    BuiltImage.making($0, in: scene.repository)
                }.first
            }
            guard let image = images.first, let table = EndpointTable(beside: image.containerfile, in: scene.repository)
            else { return [] }
            return filters.compactMap { filter in
                guard let place = filter["replacePrefixMatch"] ?? filter["replaceFullPath"] else { return nil }
                let isPrefix = filter["replacePrefixMatch"] != nil
                if table.answers(place.text) || isPrefix && table.hasBelow(place.text) { return nil }
                return object.finding(
                    "\(name)/endpoint", at: place, "rewrites to \(place.text), which \(table.file) does not list",
                    remedy: "rewrite to one of \(table.list)")
            }
        }
    }

    var explanations: [String: String] {
        [
            "endpoint":
                "The probe or route asks a path that the program is not known to answer. The pod never becomes ready.",
            "missing":
                "A container that serves has no probe. A pod that hangs keeps receiving requests. Source: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
            "no-table":
                "Nothing documents which paths the image answers, so probes cannot be compared with it.",
            "startup":
                "The liveness probe starts at once. A slow start is then taken for a hang, and the container restarts for ever. Source: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        let rewrite = { (path: String) in
            Sample.with(
                "rules:\n    - backendRefs",
                "rules:\n    - filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: \(path)}}}]\n      backendRefs",
                in: "route")
        }
        return [
            .sound("an application", Sample.files),
            .sound("a route that rewrites to what is there", rewrite("/healthz")),
            .broken(
                "no readiness", Sample.with("readinessProbe", "startupProbe", in: "deployment"), triggers: "missing"),
            .broken("no liveness", Sample.with("livenessProbe", "startupProbe", in: "deployment"), triggers: "missing"),
            .broken(
                "a container that may be restarted while it starts",
                Sample.with("            initialDelaySeconds: 10\n", "", in: "deployment"), triggers: "startup"),
            .broken(
                "a path that a program of others does not answer",
                Sample.with("registry.example.com/shop@", "docker.io/library/traefik@", in: "deployment").merging([
                    "k8s/exporters.yaml":
                        "traefik:\n  source: https://example.com\n  probes: [/healthz]\n  metrics: {}\n"
                ]) { $1 }.filter { $0.key != "image/Containerfile" }, triggers: "endpoint"),
            .broken(
                "a path that the service does not have", Sample.with("path: /readyz", "path: /ready", in: "deployment"),
                triggers: "endpoint"),
            .broken(
                "a service that lost an endpoint", Sample.with("| `/readyz` | 200 |\n", "", in: "README.md"),
                triggers: "endpoint"),
            .broken(
                "a service whose endpoints nobody lists", Sample.with("| Path |", "| Way |", in: "README.md"),
                triggers: "no-table"),
            .broken(
                "a path that nginx does not serve",
                Sample.adding("http {\n  server {\n    location = /readyz {\n    }\n  }\n}\n", as: "image/nginx.conf"),
                triggers: "endpoint"),
            .broken("a route to nowhere", rewrite("/buy"), triggers: "endpoint"),
        ]
    }
}
