import CheckCore

/// A small cluster with an application and a training job. Examples of scheduling change one line of it.
enum SampleCluster {
    static let files: [String: String] = [
        "clouds.yaml": """
        any:
          controlPlane: {price: 0.1}
          types:
            spot:
              taints: [{key: spot, effect: NoSchedule}]
            gpu:
              taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]
          instances:
            small: {price: 0.1, allocatable: {cpu: "2", memory: 4Gi, pods: 20}}
            large: {price: 1, allocatable: {cpu: "8", memory: 16Gi, pods: 20, nvidia.com/gpu: 1}}

        """,
        "clusters/one.yaml": """
        cloud: any
        overlays: [app]
        daemons: {cpu: 100m, pods: 2}
        nodes:
          - {type: general, instance: small, zones: [a, b]}
          - {type: spot, instance: small, zones: [a, b]}
          - {type: gpu, instance: large, zones: [a, a]}

        """,
        "app/kustomization.yaml": "resources: [shop.yaml, training.yaml]\n",
        "app/shop.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: shop, namespace: shop}
        spec:
          replicas: 2
          selector: {matchLabels: {app: shop}}
          template:
            metadata: {labels: {app: shop}}
            spec:
              tolerations:
                - {key: spot, operator: Exists}
              topologySpreadConstraints:
                - topologyKey: topology.kubernetes.io/zone
                  maxSkew: 1
                  whenUnsatisfiable: DoNotSchedule
                  nodeTaintsPolicy: Honor
                  labelSelector: {matchLabels: {app: shop}}
                - topologyKey: platform.example.com/node-type
                  maxSkew: 1
                  whenUnsatisfiable: ScheduleAnyway
                  nodeTaintsPolicy: Honor
                  labelSelector: {matchLabels: {app: shop}}
              containers:
                - name: shop
                  resources: {requests: {cpu: 500m, memory: 1Gi}}
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: shop, namespace: shop}
        spec:
          maxUnavailable: 1
          selector: {matchLabels: {app: shop}}

        """,
        "app/training.yaml": """
        apiVersion: trainer.kubeflow.org/v1alpha1
        kind: TrainingRuntime
        metadata: {name: ddp, namespace: lab}
        spec:
          mlPolicy: {numNodes: 2}
          template:
            spec:
              replicatedJobs:
                - name: node
                  template:
                    spec:
                      template:
                        metadata:
                          annotations: {kueue.x-k8s.io/podset-required-topology: topology.kubernetes.io/zone}
                        spec:
                          tolerations:
                            - {key: nvidia.com/gpu, operator: Exists}
                          containers:
                            - name: node
                              resources: {limits: {cpu: "4", nvidia.com/gpu: 1}}
        ---
        apiVersion: trainer.kubeflow.org/v1alpha1
        kind: TrainJob
        metadata: {name: run, namespace: lab}
        spec:
          runtimeRef: {kind: TrainingRuntime, name: ddp}

        """,
    ]

    static func with(_ old: String, _ new: String, in path: String) -> [String: String] {
        var files = files
        let text = files[path] ?? ""
        precondition(text.contains(old), "\(path) does not hold \(old)")
        files[path] = text.replacing(old, with: new)
        return files
    }

    private static let page = """
        `one`, by `harness schedule one`:

        ```text
        NODE INSTANCE CPU MEMORY PODS
        general-a small 26% 25% shop/shop-0
        general-b small 0% 0% -
        spot-a small 0% 0% -
        spot-b small 26% 25% shop/shop-1
        gpu-a large 51% 0% lab/run-0
        gpu-a-2 large 51% 0% lab/run-1

        WHAT HAPPENS NODES PODS PENDING RUN ON, AT LEAST AT WORST
        normal 6 4 0 - -
        peak 6 4 0 - -
        without gpu 4 2 2 2 of 2 shop/shop 2 of 2 shop/shop
        without spot 4 4 0 1 of 2 shop/shop 0 of 2 shop/shop
        a lost 6 2 2 1 of 2 shop/shop -
        b lost 6 4 0 1 of 2 shop/shop -
        ```

        """

    private static let disk = "disk.csi.azure.com"

    /// The cluster with a job that writes a dump to a volume.
    private static func storing(_ mode: String, driver: String, reason: String? = nil) -> [String: String] {
        let ignore = reason.map { "              # harness:ignore k8s-schedulable/zonal-volume \($0)\n" } ?? ""
        var files = files
        files["app/shop.yaml"]! += """
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: {name: dump, namespace: shop}
            spec:
              template:
                spec:
                  containers:
                    - name: dump
                      resources: {requests: {cpu: 100m, memory: 64Mi}}
                  volumes:
                    - name: dump
                      persistentVolumeClaim:
            \(ignore)            claimName: dump
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: dump, namespace: shop}
            spec:
              storageClassName: disk
              accessModes: [\(mode)]
            ---
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: disk}
            volumeBindingMode: WaitForFirstConsumer
            provisioner: \(driver)

            """
        return files
    }

    static let examples: [Example] = [
        .sound("a cluster", files),
        .broken(
            "a taint that nobody tolerates",
            with(
                "- {key: nvidia.com/gpu, operator: Exists}", "- {key: gpu, operator: Exists}", in: "app/training.yaml"),
            triggers: "unschedulable"),
        .broken(
            "a request larger than any node", with("cpu: 500m", "cpu: 2500m", in: "app/shop.yaml"),
            triggers: "all-at-once", "no-place-left", "unschedulable"),
        .broken(
            "a spread over more zones than there are",
            with(
                "maxSkew: 1\n          whenUnsatisfiable: DoNot",
                "maxSkew: 1\n          minDomains: 3\n          whenUnsatisfiable: DoNot", in: "app/shop.yaml"
            )
            .merging(["clusters/one.yaml": files["clusters/one.yaml"]!.replacing("zones: [a, b]", with: "zones: [a]")])
            { $1 },
            triggers: "all-at-once", "no-place-left", "unschedulable"),
        .broken(
            "a spread that counts nodes which do not answer",
            with(
                "DoNotSchedule\n          nodeTaintsPolicy: Honor", "DoNotSchedule\n          nodeTaintsPolicy: Ignore",
                in: "app/shop.yaml"), triggers: "no-place-left"),
        .broken(
            "work without a GPU that tolerates the GPU's taint",
            with("{key: spot, operator: Exists}", "{operator: Exists}", in: "app/shop.yaml"), triggers: "idle-gpu"),
        .broken(
            "a training without a limit of GPUs", with(", nvidia.com/gpu: 1}}", "}}", in: "app/training.yaml"),
            triggers: "idle-gpu"),
        .broken(
            "a GPU node without its taint",
            with(
                "taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]", "taints: []", in: "clouds.yaml"),
            triggers: "idle-gpu"),
        .broken(
            "a gang of which not all fit", with("numNodes: 2", "numNodes: 3", in: "app/training.yaml"),
            triggers: "unschedulable"),
        .broken(
            "a gang whose topology counts nodes that are made on demand",
            with("zones: [a, a]}", "zones: [a, a], while: a training runs}", in: "clusters/one.yaml"),
            triggers: "unschedulable"),
        .broken(
            "a gang whose nodes are in two zones", with("[a, a]", "[a, b]", in: "clusters/one.yaml"),
            triggers: "unschedulable"),
        .broken(
            "all pods in one zone",
            with("DoNotSchedule", "ScheduleAnyway", in: "app/shop.yaml").merging([
                "clusters/one.yaml": files["clusters/one.yaml"]!
                    .replacing(
                        "{type: general, instance: small, zones: [a, b]}",
                        with: "{type: general, instance: small, zones: [a]}"
                    )
                    .replacing(
                        "{type: spot, instance: small, zones: [a, b]}",
                        with: "{type: spot, instance: small, zones: [a]}"
                    )
                    .replacing("zones: [a, a]", with: "zones: [b, b]")
            ]) { $1 }, triggers: "all-at-once", "no-place-left"),
        .broken(
            "a budget that holds a node's pods", with("maxUnavailable: 1", "maxUnavailable: 0", in: "app/shop.yaml"),
            triggers: "held"),
        .broken("a volume in the zone that is lost", storing("ReadWriteOnce", driver: disk), triggers: "zonal-volume"),
        .broken(
            "a volume that exists in one zone",
            storing("ReadWriteOnce", driver: disk).merging([
                "app/shop.yaml": storing("ReadWriteOnce", driver: disk)["app/shop.yaml"]!
                    .replacing("storageClassName: disk", with: "volumeName: dump") + """
                        ---
                        apiVersion: v1
                        kind: PersistentVolume
                        metadata: {name: dump}
                        spec:
                          nodeAffinity:
                            required:
                              nodeSelectorTerms:
                                - matchExpressions:
                                    - {key: topology.ebs.csi.aws.com/zone, operator: In, values: [c]}

                        """
            ]) { $1 }, triggers: "unschedulable", "zonal-volume"),
        .sound(
            "a volume that waits for its zone on purpose", storing("ReadWriteOnce", driver: disk, reason: "a reason")),
        .sound(
            "a volume in three zones", storing("ReadWriteOnce", driver: disk + "\nparameters: {skuName: Premium_ZRS}")),
        .sound("a shared volume", storing("ReadWriteMany", driver: "efs.csi.aws.com")),
        .broken(
            "a disk that several nodes mount", storing("ReadWriteMany", driver: disk),
            triggers: "storage", "zonal-volume"),
        .broken(
            "a disk that is made before its pod has a zone",
            storing("ReadWriteOnce", driver: disk, reason: "a reason").mapValues {
                $0.replacing("volumeBindingMode: WaitForFirstConsumer", with: "volumeBindingMode: Immediate")
            }, triggers: "storage"),
        .broken(
            "a claim without a class where none is the default",
            storing("ReadWriteMany", driver: "efs.csi.aws.com").mapValues {
                $0.replacing("  storageClassName: disk\n", with: "")
            }, triggers: "storage"),
        .broken(
            "a claim of an unknown class",
            storing("ReadWriteMany", driver: "efs.csi.aws.com").mapValues {
                $0.replacing("storageClassName: disk", with: "storageClassName: disc")
            }, triggers: "storage"),
        .sound("a page with the tables of today", files.merging(["README.md": page]) { $1 }),
        .broken(
            "a page with an old table",
            files.merging(["README.md": page.replacing("normal 6 4 0", with: "normal 6 3 0")]) { $1 }, triggers: "page"),
        .broken(
            "an instance that nobody knows", with("instance: large", "instance: huge", in: "clusters/one.yaml"),
            triggers: "cluster"),
        .broken(
            "a peak of fewer nodes than none",
            with("zones: [a, a]", "zones: [a, a], peak: -1", in: "clusters/one.yaml"), triggers: "cluster"),
        .broken(
            "a gang of two billion", with("numNodes: 2", "numNodes: 2147483647", in: "app/training.yaml"),
            triggers: "too-many"),
        .broken(
            "no place without spot nodes",
            with("cpu: 500m", "cpu: 1500m", in: "app/shop.yaml").merging([
                "clusters/one.yaml": files["clusters/one.yaml"]!.replacing(
                    "{type: general, instance: small, zones: [a, b]}",
                    with: "{type: general, instance: large, zones: [a]}")
            ]) { $1 }, triggers: "all-at-once", "idle-gpu", "no-place-left"),
    ]
}
