import CheckCore
import KubernetesModel

extension References {
    var explanations: [String: String] {
        [
            "container":
                "The object names a container that the pod does not have.",
            "grant":
                "The route leads to a Service of another namespace that no ReferenceGrant permits. Source: https://gateway-api.sigs.k8s.io/api-types/referencegrant/",
            "key":
                "The ConfigMap or Secret lacks the key. The pod does not start.",
            "listener":
                "The route names a listener that the Gateway does not have, so no traffic arrives.",
            "missing":
                "The object names another object that does not exist.",
            "nearly":
                "Two pods name Secrets that differ in one letter. One of them is probably a typing error.",
            "volume":
                "A container mounts a volume that the pod does not have. The API server rejects the pod.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        let model = """
            apiVersion: serving.kserve.io/v1beta1
            kind: InferenceService
            metadata: {name: advice, namespace: shop}

            """
        let claim = { (volume: String) in
            Sample.adding(
                "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: shop}\nspec: {capacity: {storage: 1Gi}, accessModes: [ReadOnlyMany], hostPath: {path: /srv}}\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: shop, namespace: shop}\nspec: {volumeName: \(volume), accessModes: [ReadOnlyMany], resources: {requests: {storage: 1Gi}}}\n",
                as: "k8s/volume.yaml")
        }
        /// Pods with these Secrets, which are created by hand and are not in the repository.
        func pods(_ secrets: [String]...) -> [String: String] {
            secrets.enumerated().reduce(into: Sample.files) { files, pod in
                let volumes = pod.element.map {
                    "    - name: \($0)\n      # harness:ignore k8s-references/missing made by hand\n      secret: {secretName: \($0)}\n"
                }
                files["k8s/pod-\(pod.offset).yaml"] =
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: pod-\(pod.offset), namespace: shop}\nspec:\n  containers: [{name: a, image: a}]\n  volumes:\n"
                    + volumes.joined()
            }
        }
        func external(_ key: String) -> [String: String] {
            Sample.adding(
                """
                apiVersion: external-secrets.io/v1
                kind: ExternalSecret
                metadata: {name: store, namespace: shop}
                spec: {target: {name: store}, data: [{secretKey: password, remoteRef: {key: a}}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: a, namespace: shop}
                spec:
                  containers:
                    - {name: a, image: a, env: [{name: A, valueFrom: {secretKeyRef: {name: store, key: \(key)}}}]}

                """, as: "k8s/external.yaml")
        }
        return [
            .sound("an application", Sample.files),
            .broken(
                "a file of a key that the ConfigMap does not have",
                Sample.with(
                    "      volumes:\n",
                    "      volumes:\n        - name: levels\n          configMap:\n            name: shop\n            items: [{key: levle, path: level}]\n",
                    in: "deployment"), triggers: "key"),
            .broken(
                "a scaler by a container that does not exist",
                Sample.with(
                    "  maxReplicas: 6\n",
                    "  maxReplicas: 6\n  metrics: [{type: ContainerResource, containerResource: {container: shops, name: cpu, target: {type: Utilization, averageUtilization: 60}}}]\n",
                    in: "others"), triggers: "container"),
            .broken(
                "a ConfigMap that does not exist",
                Sample.with(
                    "name: shop\n                  key", "name: store\n                  key", in: "deployment"),
                triggers: "missing"),
            .broken(
                "a key that the ConfigMap lacks", Sample.with("key: level", "key: levels", in: "deployment"),
                triggers: "key"),
            .broken(
                "a Secret that nobody issues",
                Sample.with("secretName: shop-tls", "secretName: shop-key", in: "deployment"), triggers: "missing"),
            .sound("a key that an ExternalSecret makes", external("password")),
            .broken("a key that an ExternalSecret does not make", external("passwd"), triggers: "key"),
            .sound(
                "two Secrets that are told apart by a number", pods(["bucket-1"], ["bucket-12"])),
            .sound("two Secrets that a pod has both of", pods(["tls"], ["mtls"], ["tls", "mtls"])),
            .broken(
                "a Secret by two names that a slip of the pen tells apart", pods(["bucket"], ["buckett"]),
                triggers: "nearly"),
            .broken(
                "a service account that does not exist",
                Sample.with("serviceAccountName: shop", "serviceAccountName: store", in: "deployment"),
                triggers: "missing"),
            .broken(
                "an operator's pods with an account that does not exist",
                Sample.adding(
                    "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nmetadata: {name: a, namespace: shop}\nspec: {serviceAccountName: store}\n",
                    as: "k8s/alerts.yaml"), triggers: "missing"),
            .sound(
                "an account that is filled in later",
                Sample.adding(
                    "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a, namespace: shop}\nspec: {serviceAccountName: \"{{workflow.parameters.account}}\"}\n",
                    as: "k8s/workflow.yaml")),
            .sound(
                "an account of a kind that has no namespace",
                Sample.adding(
                    "apiVersion: example.com/v1\nkind: Fleet\nmetadata: {name: a}\nspec: {serviceAccountName: store}\n",
                    as: "k8s/fleet.yaml")),
            .sound(
                "an account of a manifest inside of another",
                Sample.adding(
                    "apiVersion: example.com/v1\nkind: Remote\nmetadata: {name: a, namespace: shop}\nspec: {manifest: {apiVersion: v1, kind: Pod, spec: {serviceAccountName: store}}}\n",
                    as: "k8s/remote.yaml")),
            .broken(
                "a priority class that does not exist",
                Sample.with("priorityClassName: serving", "priorityClassName: urgent", in: "deployment"),
                triggers: "missing"),
            .broken(
                "a claim that does not exist",
                Sample.with(
                    "secret:\n            secretName: shop-tls", "persistentVolumeClaim:\n            claimName: shop",
                    in: "deployment"), triggers: "missing"),
            .sound("a volume and its claim", claim("shop")),
            .broken("a claim of a volume that does not exist", claim("shops"), triggers: "missing"),
            .broken(
                "a mount of no volume",
                Sample.with(
                    "- name: key\n              mountPath", "- name: keys\n              mountPath", in: "deployment"),
                triggers: "volume"),
            .broken(
                "a route to no Service",
                Sample.with("- name: shop\n          port", "- name: store\n          port", in: "route"),
                triggers: "missing"),
            .sound(
                "a route to the Service that KServe makes",
                Sample.with("- name: shop\n          port", "- name: advice-predictor\n          port", in: "route")
                    .merging(["k8s/model.yaml": model]) { $1 }),
            .sound(
                "a route to the Service that the Prometheus operator makes",
                Sample.with("- name: shop\n          port", "- name: prometheus-operated\n          port", in: "route")
                    .merging([
                        "k8s/monitor.yaml":
                            "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: a, namespace: shop}\n"
                    ]) { $1 }),
            .broken(
                "a route to that Service where nothing makes it",
                Sample.with("- name: shop\n          port", "- name: prometheus-operated\n          port", in: "route"),
                triggers: "missing"),
            .broken(
                "a route to the predictor of another service",
                Sample.with("- name: shop\n          port", "- name: advise-predictor\n          port", in: "route")
                    .merging(["k8s/model.yaml": model]) { $1 }, triggers: "missing"),
            .broken(
                "a route at no gateway",
                Sample.with("- name: public\n      sectionName", "- name: private\n      sectionName", in: "route"),
                triggers: "missing"),
            .broken(
                "a route at no listener", Sample.with("sectionName: https", "sectionName: http", in: "route"),
                triggers: "listener"),
            .broken(
                "a route that the listener does not admit",
                Sample.with(
                    "  namespace: shop\nspec:\n  parentRefs:\n    - name: public\n",
                    "  namespace: default\nspec:\n  parentRefs:\n    - name: public\n      namespace: shop\n",
                    in: "route"),
                triggers: "listener", "missing"),
            .broken(
                "a gateway without its certificate", Sample.with("- name: shop-tls", "- name: store-tls", in: "route"),
                triggers: "missing"),
            .broken(
                "an autoscaler of nothing",
                Sample.with("kind: Deployment\n    name: shop", "kind: Deployment\n    name: store", in: "others"),
                triggers: "missing"),
            .broken(
                "a binding of no role",
                Sample.with("kind: Role\n  name: shop\nsubjects", "kind: Role\n  name: store\nsubjects", in: "rights"),
                triggers: "missing"),
            .broken(
                "a binding of no service account",
                Sample.with(
                    "- kind: ServiceAccount\n    name: shop", "- kind: ServiceAccount\n    name: store", in: "rights"),
                triggers: "missing"),
            .broken(
                "a namespace that nobody makes", Sample.with("namespace: shop", "namespace: store", in: "service"),
                triggers: "missing"),
        ]
    }
}
