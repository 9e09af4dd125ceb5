import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel

/// Checks that images are pinned by digest, come from the registry that an admission policy demands, and have a
/// Containerfile.
struct Images: ManifestRule {
    let name = "k8s-images"
    let summary = "images are pinned by digest, and a Containerfile exists for each image of the own registry"
    let advice = Advice.everything

    func findings(in scene: ManifestSet) -> [Finding] {
        ofPods(scene)
            + scene.objects.flatMap { object in
                object.mappingsForPods.compactMap { $0["image"] }
                    .filter { $0.isScalar && !$0.text.isEmpty && !ImageReference($0.text).isPinned }
                    // An address or a pattern is not an image reference either.
                    .filter { !$0.isFilledInLater && !$0.text.contains(/:\/\/|\*/) }
                    .map { mutable(object, $0) }
            }
    }

    private func mutable(_ object: KubeObject, _ place: YAMLNode) -> Finding {
        object.finding(
            "\(name)/mutable", at: place, "\(place.text) is not pinned by digest",
            remedy: "pin it: \(ImageReference(place.text).repository)@sha256:…")
    }

    private func ofPods(_ scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap { workload -> [Finding] in
            let registry = registry(for: workload.namespace, scene)
            let containers = workload.allContainers + workload.spec["ephemeralContainers"].elements
            return containers.compactMap { $0["image"] }.flatMap { place -> [Finding] in
                var findings: [Finding] = []
                let image = ImageReference(place.text)
                if !image.isPinned { findings.append(mutable(workload.object, place)) }
                guard let registry else { return findings }
                if !place.text.hasPrefix(registry) {
                    findings.append(
                        workload.object.finding(
                            "\(name)/registry", at: place, "\(image.repository) is not from \(registry)",
                            remedy: "copy the image to that registry, or correct the name"))
                } else if BuiltImage.making(place.text, in: scene.repository) == nil,
                    !scene.repository.artifacts(of: .containerfile).isEmpty
                {
                    findings.append(
                        workload.object.finding(
                            "\(name)/nobody-builds", at: place,
                            "no Containerfile of the repository builds \(image.repository)",
                            remedy:
                                "correct the name, or add a Containerfile in a folder \(image.repository.lastPathPart)")
                    )
                }
                return findings
            }
        }
    }

    /// The registry that an admission policy of the cluster demands in this namespace.
    private func registry(for namespace: String, _ scene: ManifestSet) -> String? {
        let labels = scene.find("Namespace", namespace, in: nil)?.labels
        let bound = scene.all("ValidatingAdmissionPolicyBinding").filter { binding in
            // A namespace outside the manifests may have any label.
            return labels.map { LabelSelector(binding.spec?["matchResources", "namespaceSelector"]).matches($0) }
                ?? true
        }.compactMap { $0.spec?["policyName"]?.text }
        return scene.all("ValidatingAdmissionPolicy").filter { bound.contains($0.name) }
            .flatMap { ($0.spec?["variables"]).elements }.first { $0["name"]?.text == "registry" }
            .flatMap { $0["expression"]?.text }.map { $0.filter { $0 != "'" } }
    }

    var explanations: [String: String] {
        [
            "mutable":
                "The image is named by a tag, and a tag can move. A digest makes each pod run the same bytes.",
            "nobody-builds":
                "No Containerfile of the repository builds the image, though its registry is the repository's own.",
            "registry":
                "The image comes from another registry than the one that the repository allows.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        let image = "registry.example.com/shop@sha256:" + String(repeating: "1", count: 64)
        let policy = """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: images}
            spec:
              variables: [{name: registry, expression: "'registry.example.com/'"}]
            ---
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicyBinding
            metadata: {name: images}
            spec: {policyName: images}

            """
        // The image has the name of its folder.
        let own = Dictionary(
            uniqueKeysWithValues: Sample.files.map { ($0.key.replacing("image/", with: "shop/"), $0.value) })
        func used(_ new: String) -> [String: String] {
            own.merging([
                "k8s/policy.yaml": policy,
                "k8s/deployment.yaml": (own["k8s/deployment.yaml"] ?? "").replacing(image, with: new),
            ]) { $1 }
        }
        return [
            .sound("an application", Sample.files),
            .sound("an own image under a policy", used(image)),
            .broken(
                "a tag", Sample.with(image, "registry.example.com/shop:1.4.2", in: "deployment"), triggers: "mutable"),
            .broken("no tag", Sample.with(image, "registry.example.com/shop", in: "deployment"), triggers: "mutable"),
            .broken(
                "a digest that is cut short", Sample.with(image, image.dropLast().description, in: "deployment"),
                triggers: "mutable"),
            .broken(
                "a tag of what an operator makes pods from",
                Sample.adding(
                    "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nmetadata: {name: a, namespace: shop}\nspec: {image: quay.io/prometheus/alertmanager:v0.33.1}\n",
                    as: "k8s/alerts.yaml"), triggers: "mutable"),
            .sound(
                "an image that is filled in later",
                Sample.adding(
                    "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a, namespace: shop}\nspec: {templates: [{container: {image: \"{{inputs.parameters.image}}\"}}]}\n",
                    as: "k8s/workflow.yaml")),
            .sound(
                "the pattern of a policy",
                Sample.adding(
                    "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\nspec: {rules: [{validate: {pattern: {spec: {containers: [{image: shop}]}}}}]}\n",
                    as: "k8s/policy.yaml")),
            .sound(
                "a repository that is searched for newer images",
                Sample.adding(
                    "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImageRepository\nmetadata: {name: a, namespace: shop}\nspec: {image: registry.example.com/shop}\n",
                    as: "k8s/search.yaml")),
            .sound(
                "a manifest inside of another",
                Sample.adding(
                    "apiVersion: example.com/v1\nkind: Remote\nmetadata: {name: a, namespace: shop}\nspec: {manifest: {apiVersion: v1, kind: Pod, spec: {containers: [{image: shop}]}}}\n",
                    as: "k8s/remote.yaml")),
            .broken(
                "a foreign registry", used("docker.io/shop@sha256:" + String(repeating: "1", count: 64)),
                triggers: "registry"),
            .broken(
                "a registry that begins alike",
                used("registry.example.com.evil.example/shop@sha256:" + String(repeating: "1", count: 64)),
                triggers: "registry"),
            .broken(
                "an image that nobody builds",
                used("registry.example.com/till@sha256:" + String(repeating: "1", count: 64)), triggers: "nobody-builds"
            ),
        ]
    }
}
