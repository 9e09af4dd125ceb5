import CheckCore

/// Two small overlays that Argo CD deploys to production. Examples of the check `gitops` change one line.
enum SampleDelivery {
    private static let argo = "k8s/gitops/overlays/production"

    static let files: [String: String] = [
        "\(argo)/kustomization.yaml": """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        namespace: argocd
        resources: [settings.yaml, project.yaml, applications.yaml]

        """,
        "\(argo)/settings.yaml": """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: argocd-cmd-params-cm
        data:
          applicationsetcontroller.enable.progressive.syncs: "true"

        """,
        "\(argo)/project.yaml": """
        apiVersion: argoproj.io/v1alpha1
        kind: AppProject
        metadata:
          name: shop
        spec:
          sourceRepos: [https://git.example.com/shop.git]
          destinations:
            - {server: https://kubernetes.default.svc, namespace: shop}
          clusterResourceWhitelist:
            - {group: "", kind: Namespace, name: shop}
            - {group: scheduling.k8s.io, kind: PriorityClass}
          namespaceResourceWhitelist:
            - {group: apps, kind: Deployment}
            - {group: autoscaling, kind: HorizontalPodAutoscaler}
          syncWindows:
            - {kind: allow, schedule: 0 8 * * 1-4, duration: 8h, applications: ["*"]}

        """,
        "\(argo)/applications.yaml": """
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata:
          name: production
        spec:
          goTemplate: true
          generators:
            - list:
                elements:
                  - {name: cluster, wave: first, path: k8s/cluster}
                  - {name: shop, wave: second, path: k8s/shop}
          strategy:
            type: RollingSync
            rollingSync:
              steps:
                - matchExpressions:
                    - {key: wave, operator: In, values: [first]}
                - matchExpressions:
                    - {key: wave, operator: In, values: [second]}
          template:
            metadata:
              name: "{{.name}}"
              labels:
                wave: "{{.wave}}"
            spec:
              project: shop
              source:
                repoURL: https://git.example.com/shop.git
                targetRevision: production
                path: "{{.path}}"
              destination:
                server: https://kubernetes.default.svc
                namespace: shop

        """,
        "k8s/cluster/kustomization.yaml": "resources: [priority.yaml]\n",
        "k8s/cluster/priority.yaml": """
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata:
          name: serving
        value: 1000

        """,
        "k8s/shop/kustomization.yaml": "namespace: shop\nresources: [namespace.yaml, deployment.yaml, scaler.yaml]\n",
        "k8s/shop/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n",
        "k8s/shop/deployment.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: shop
        spec:
          template:
            spec:
              priorityClassName: serving

        """,
        "k8s/shop/scaler.yaml": """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata:
          name: shop
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}

        """,
    ]

    static func with(_ old: String, _ new: String, in file: String) -> [String: String] {
        let path = file.contains("/") ? file : "\(argo)/\(file).yaml"
        var files = files
        let text = files[path] ?? ""
        precondition(text.contains(old), "\(path) does not hold \(old)")
        files[path] = text.replacing(old, with: new)
        return files
    }

    /// With a CronJob, and the claim that it mounts.
    private static func storing(permitted: Bool = false) -> [String: String] {
        var files = files
        files["k8s/shop/kustomization.yaml"] = files["k8s/shop/kustomization.yaml"]?
            .replacing("scaler.yaml", with: "scaler.yaml, dump.yaml")
        files["k8s/shop/dump.yaml"] =
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: dump}\n---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: dump}\nspec: {jobTemplate: {spec: {template: {spec: {volumes: [{name: a, persistentVolumeClaim: {claimName: dump}}]}}}}}\n"
        if permitted {
            files["\(argo)/project.yaml"]?
                .replace(
                    "    - {group: apps, kind: Deployment}\n",
                    with:
                        "    - {group: apps, kind: Deployment}\n    - {group: batch, kind: CronJob}\n    - {group: \"\", kind: PersistentVolumeClaim}\n"
                )
        }
        return files
    }

    static let examples: [Example] = [
        .sound("a project and its applications", files),
        .broken(
            "a path that does not exist", with("path: k8s/shop}", "path: k8s/shops}", in: "applications"),
            triggers: "path"),
        .sound(
            "a path of which a plugin makes something",
            with("path: \"{{.path}}\"", "path: k8s/made\n        plugin: {}", in: "applications")),
        .broken(
            "a path that does not build", with("scaler.yaml", "scale.yaml", in: "k8s/shop/kustomization.yaml"),
            triggers: "path"),
        .broken(
            "a key without a value", with("name: shop, wave", "title: shop, wave", in: "applications"),
            triggers: "template"),
        .broken(
            "a project that does not exist", with("project: shop", "project: default", in: "applications"),
            triggers: "project", "unused", "window"),
        .broken(
            "another repository",
            with("repoURL: https://git.example.com", "repoURL: https://example.org", in: "applications"),
            triggers: "source", "unused"),
        .broken(
            "a namespace that the project does not permit",
            with("namespace: shop\n", "namespace: store\n", in: "k8s/shop/kustomization.yaml"),
            triggers: "destination", "kind", "unused"),
        .broken(
            "a kind of the cluster that the project does not permit",
            with("kind: PriorityClass}", "kind: StorageClass}", in: "project"), triggers: "kind", "unused"),
        .broken(
            "a namespace by another name",
            with("name: shop}\n    - {group: sch", "name: store}\n    - {group: sch", in: "project"),
            triggers: "kind", "unused"),
        .broken(
            "a kind that the project does not permit",
            with("    - {group: apps, kind: Deployment}\n", "", in: "project"),
            triggers: "kind"),
        .broken(
            "a destination that nobody uses",
            with(
                "namespace: shop}",
                "namespace: shop}\n    - {server: https://kubernetes.default.svc, namespace: kube-system}",
                in: "project"), triggers: "unused"),
        .broken("any namespace", with("namespace: shop}", "namespace: \"*\"}", in: "project"), triggers: "wildcard"),
        .broken(
            "an order that cannot work", with("wave: first,", "wave: second,", in: "applications"), triggers: "order"),
        .broken(
            "an application in no step", with("wave: first, path", "wave: third, path", in: "applications"),
            triggers: "order", "step"),
        .broken(
            "a namespace that nobody makes", with("namespace.yaml, ", "", in: "k8s/shop/kustomization.yaml"),
            triggers: "order", "unused"),
        .broken(
            "a route in a step before its Gateway",
            [
                "k8s/cluster/kustomization.yaml": "resources: [priority.yaml, route.yaml]\nnamespace: shop\n",
                "k8s/cluster/route.yaml":
                    "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: shop}\nspec: {parentRefs: [{name: public}]}\n",
                "k8s/shop/gateway.yaml":
                    "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public}\nspec: {gatewayClassName: any}\n",
                "k8s/shop/kustomization.yaml": (files["k8s/shop/kustomization.yaml"] ?? "").replacing(
                    "namespace.yaml, ", with: "namespace.yaml, gateway.yaml, "),
            ].merging(files) { new, _ in new }, triggers: "deadlock", "kind", "order"),
        .broken("a volume that a CronJob alone mounts", storing(), triggers: "deadlock", "kind"),
        .sound(
            "a volume that a CronJob alone mounts, judged healthy while it waits",
            storing(permitted: true).merging([
                "\(argo)/settings.yaml": (files["\(argo)/settings.yaml"] ?? "")
                    + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {resource.customizations.health.PersistentVolumeClaim: \"return {status = 'Healthy'}\"}\n"
            ]) { $1 }),
        .broken(
            "a live field that a commit should change",
            with(
                "      destination:",
                """
                      ignoreDifferences:
                        - {kind: Deployment, group: apps, jqPathExpressions: [".spec.template.spec.priorityClassName"]}
                      syncPolicy: {syncOptions: [RespectIgnoreDifferences=true]}
                      destination:
                """, in: "applications"), triggers: "frozen"),
        .sound(
            "a live field of an object of another name",
            with(
                "      destination:",
                """
                      ignoreDifferences:
                        - {kind: Deployment, group: apps, name: other, jsonPointers: [/spec/template/spec/priorityClassName]}
                        - {kind: Deployment, jsonPointers: [/spec/template/spec/priorityClassName]}
                      syncPolicy: {syncOptions: [RespectIgnoreDifferences=true]}
                      destination:
                """, in: "applications")),
        .sound(
            "a live field that no manifest sets",
            with(
                "      destination:",
                """
                      ignoreDifferences: [{kind: Deployment, group: apps, jsonPointers: [/spec/replicas]}]
                      syncPolicy: {syncOptions: [RespectIgnoreDifferences=true]}
                      destination:
                """, in: "applications")),
        .broken("steps that nobody heeds", with("\"true\"", "\"false\"", in: "settings"), triggers: "steps-off"),
        .broken(
            "one object of two applications",
            with("[priority.yaml]", "[priority.yaml, ../shop]", in: "k8s/cluster/kustomization.yaml"),
            triggers: "shared"
        ),
        .broken(
            "replicas that an autoscaler changes",
            with("spec:\n  template", "spec:\n  replicas: 3\n  template", in: "k8s/shop/deployment.yaml"),
            triggers: "replicas"),
        .broken(
            "production from main", with("targetRevision: production", "targetRevision: main", in: "applications"),
            triggers: "revision"),
        .broken(
            "no window", with("applications: [\"*\"]}", "applications: [\"other\"]}", in: "project"), triggers: "window"
        ),
        .broken(
            "a window that a sync by hand may pass",
            with("applications: [\"*\"]}", "applications: [\"*\"], manualSync: true}", in: "project"),
            triggers: "window"),
    ]
}
