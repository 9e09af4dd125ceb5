import TestSupport

/// Node pools, queues and what pods ask of nodes: broken in base, component or cluster.
extension Break {
    static let scheduling: [Break] = [
        .cluster(
            id: "eks-production/gpu-pool-without-taint", file: "k8s/scheduling/karpenter/training.yaml",
            "      taints:\n        - key: nvidia.com/gpu\n          value: present\n          effect: NoSchedule\n",
            "",
            notices: "k8s-schedulable/idle-gpu"),
        .cluster(
            id: "eks-production/training-without-toleration",
            file: "k8s/scheduling/training/training-runtime.yaml",
            "- key: nvidia.com/gpu\n                      operator",
            "- key: nvidia.com/gpus\n                      operator", notices: "k8s-schedulable/unschedulable"),
        .cluster(
            id: "eks-production/gang-too-large", file: "k8s/scheduling/training/train-job.yaml",
            "numNodes: 2", "numNodes: 3", notices: "k8s-schedulable/unschedulable"),
        .cluster(
            id: "eks-production/gang-in-two-zones",
            file: "k8s/scheduling/clusters/eks-production.yaml", "[eu-west-1a, eu-west-1a]",
            "[eu-west-1a, eu-west-1b]", notices: "k8s-schedulable/unschedulable"),
        .cluster(
            id: "eks-production/gateway-pending-in-lost-zone",
            file: "k8s/gateway/components/nginx/proxy.yaml", "nodeTaintsPolicy: Honor", "nodeTaintsPolicy: Ignore",
            notices: "k8s-schedulable/no-place-left"),
        .cluster(
            id: "eks-production/backup-waits-for-zone",
            file: "k8s/mlops-platform-demo/mlflow/mlflow-backup.yaml", "harness:ignore k8s-schedulable/zonal-volume",
            "k8s-schedulable/zonal-volume", notices: "k8s-schedulable/zonal-volume"),
        .cluster(
            id: "eks-staging/no-storage-class", file: "k8s/scheduling/overlays/staging/kustomization.yaml",
            "  - ../../storage\n", "", notices: "k8s-schedulable/storage"),
        .cluster(
            id: "eks-production/shared-disk", file: "k8s/mlops-platform-demo/mlflow/mlflow-pvc.yaml",
            "ReadWriteOnce", "ReadWriteMany", notices: "k8s-schedulable/storage"),
        .cluster(
            id: "eks-production/disk-before-its-pod", file: "k8s/scheduling/storage/storage-class.yaml",
            "WaitForFirstConsumer", "Immediate", notices: "k8s-schedulable/storage"),
        .cluster(
            id: "eks-production/page-hides-waiting-pod", file: "k8s/scheduling/README.md",
            "eu-west-1c lost   10     25    1", "eu-west-1c lost   10     26    0", notices: "k8s-schedulable/page"),
        .cluster(
            id: "eks-production/pool-limit-exceeded", file: "k8s/scheduling/karpenter/general.yaml",
            "cpu: \"18\"", "cpu: \"4\"", notices: "k8s-schedulable/limit"),
        .cluster(
            id: "eks-staging/request-larger-than-node", file: "k8s/apps/claims/version/deployment.yaml",
            "            requests:\n              cpu: 100m", "            requests:\n              cpu: 2500m",
            notices: "k8s-schedulable/unschedulable"),
        .cluster(
            id: "eks-staging/spot-nodes-only", file: "k8s/components/zones/kustomization.yaml",
            "values: [general, spot]", "values: [spot]", notices: "k8s-schedulable/no-place-left"),
        .cluster(
            id: "aks-production/too-many-zones",
            file: "k8s/components/zones/kustomization.yaml",
            "- topologyKey: topology.kubernetes.io/zone\n                maxSkew: 1",
            "- topologyKey: topology.kubernetes.io/zone\n                minDomains: 4\n                maxSkew: 1",
            notices: "k8s-schedulable/unschedulable"),
        .cluster(
            id: "eks-gpu-serving/predictor-without-gpu",
            file: "k8s/mlops-platform-demo/components/gpu/inferenceservice.yaml",
            "          memory: 10Gi\n          nvidia.com/gpu: 1\n        limits:\n          cpu: \"3\"\n          memory: 10Gi\n          nvidia.com/gpu: 1\n",
            "          memory: 10Gi\n        limits:\n          cpu: \"3\"\n          memory: 10Gi\n",
            notices: "k8s-schedulable/idle-gpu"),
        .queues(
            id: "scheduling/quota-too-large", file: "k8s/scheduling/kueue/experiments.yaml",
            "- name: nvidia.com/gpu\n              nominalQuota: \"8\"",
            "- name: nvidia.com/gpu\n              nominalQuota: \"12\"", notices: "k8s-queues/quota"),
        .queues(
            id: "scheduling/topology-without-nodes", file: "k8s/scheduling/kueue/resource-flavor.yaml", "spec:\n",
            "spec:\n  topologyName: zones\n", notices: "k8s-queues/from-zero"),
        .queues(
            id: "scheduling/training-without-queue", file: "k8s/scheduling/training/train-job.yaml",
            "kueue.x-k8s.io/queue-name: retraining", "app.kubernetes.io/part-of: retraining",
            notices: "k8s-queues/unqueued"),
        .queues(
            id: "scheduling/training-larger-than-quota", file: "k8s/scheduling/training/train-job.yaml", "numNodes: 2",
            "numNodes: 5", notices: "k8s-queues/too-large"),
        .queues(
            id: "scheduling/namespace-not-admitted", file: "k8s/scheduling/training/namespace.yaml",
            "platform.example.com/queue: retraining", "platform.example.com/queue: trials",
            notices: "k8s-queues/closed"),
        .queues(
            id: "scheduling/misspelt-node-pool-field", file: "k8s/scheduling/karpenter/spot.yaml", "consolidateAfter",
            "consolidatesAfter", notices: "kubernetes-schema/unknown-field"),
        Break(
            id: "scheduling/stale-price", needs: "k8s", scope: "k8s/scheduling/README.md",
            file: "k8s/scheduling/clouds.yaml", text: "price: 0.1008", replacement: "price: 0.2008",
            notices: "k8s-costs/row"),
    ]

    private static func cluster(
        id: BreakID, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            id: id, needs: "k8s", scope: "k8s/scheduling/clusters/\(id.component).yaml", file: file,
            text: text, replacement: replacement, notices: notices)
    }

    private static func queues(
        id: BreakID, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            id: id, needs: "k8s", scope: "k8s/scheduling/overlays/eks", file: file, text: text,
            replacement: replacement, notices: notices)
    }
}
