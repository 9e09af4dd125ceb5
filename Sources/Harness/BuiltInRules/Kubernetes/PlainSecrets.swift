import CheckCore
import DocumentModels
import KubernetesModel

/// Finds secrets in manifests, which every reader of the repository can see.
struct PlainSecrets: ManifestRule {
    let name = "k8s-secrets"
    let summary = "manifests contain no secrets, and ExternalSecrets refresh"
    let advice = Advice.rules("in-clear", "variable")

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.objects.flatMap { object -> [Finding] in
            switch object.kind {
            case "Secret": inClear(object)
            case "ExternalSecret": stale(object)
            default: []
            }
        } + scene.workloads.flatMap(variables)
    }

    private func inClear(_ object: KubeObject) -> [Finding] {
        ["data", "stringData"].compactMap { object.node[$0] }.flatMap(\.entries).map { key, _ in
            object.finding(
                "\(name)/in-clear", at: key, "contains \(key.text); base64 is not encryption",
                remedy: "keep the value in a secret store, and read it with an ExternalSecret")
        }
    }

    /// Zero means: fetch once, never refresh.
    private func stale(_ object: KubeObject) -> [Finding] {
        let interval = object.spec?["refreshInterval"]
        let isOnce = object.spec?["refreshPolicy"]?.text == "CreatedOnce"
        guard isOnce || interval.map({ Traffic.seconds($0.text) ?? 0 == 0 }) ?? false else { return [] }
        return [
            object.finding(
                "\(name)/stale", at: interval, "never refreshes, so a rotated value does not arrive",
                remedy: "set refreshInterval, for example 15m"
            )
        ]
    }

    private func variables(_ workload: Workload) -> [Finding] {
        workload.allContainers.flatMap { $0["env"].elements }.compactMap { variable in
            guard let name = variable["name"]?.text, let value = variable["value"], !value.text.isEmpty,
                name.contains(/(PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|PRIVATE_KEY)/)
            else { return nil }
            return workload.object.finding(
                "\(self.name)/variable", at: value, "\(name) has its value in the manifest",
                remedy: "read it with secretKeyRef")
        }
    }

    var explanations: [String: String] {
        [
            "in-clear":
                "A Secret has its values in the repository. Base64 is an encoding, not encryption.",
            "stale":
                "The ExternalSecret never refreshes, so a rotated value does not arrive.",
            "variable":
                "An environment variable whose name suggests a secret has its value in the manifest.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        func external(_ interval: String) -> [String: String] {
            Sample.adding(
                "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: shop, namespace: shop}\nspec: {refreshInterval: \(interval)}\n",
                as: "k8s/external.yaml")
        }
        let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: till, namespace: shop}\n"
        let variable = "- name: LEVEL\n              valueFrom:"
        return [
            .sound("an application", Sample.files),
            .sound("a secret from outside", external("15m")),
            .broken("one that is fetched once", external("\"0\""), triggers: "stale"),
            .broken(
                "a secret in base64", Sample.adding(secret + "data: {pin: MTIzNA==}\n", as: "k8s/secret.yaml"),
                triggers: "in-clear"),
            .broken(
                "a secret in clear", Sample.adding(secret + "stringData: {pin: \"1234\"}\n", as: "k8s/secret.yaml"),
                triggers: "in-clear"),
            .broken(
                "a password among the variables",
                Sample.with(
                    variable, "- name: TILL_PASSWORD\n              value: example\n            \(variable)",
                    in: "deployment"), triggers: "variable"),
        ]
    }
}
