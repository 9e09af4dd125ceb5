/// Node pools, queues and what pods ask of nodes: broken in base, component or cluster.
extension Break {
    static let scheduling: [Break] = [
        .cluster(
            "eks-production", "a GPU pool without its taint", file: "k8s/scheduling/karpenter/training.yaml",
            "      taints:\n        - key: nvidia.com/gpu\n          value: present\n          effect: NoSchedule\n",
            "",
            notices: "k8s-schedulable/idle-gpu"),
        .cluster(
            "eks-production", "a training that does not tolerate the GPU's taint",
            file: "k8s/scheduling/training/training-runtime.yaml",
            "- key: nvidia.com/gpu\n                      operator",
            "- key: nvidia.com/gpus\n                      operator", notices: "k8s-schedulable/unschedulable"),
        .cluster(
            "eks-production", "a gang larger than its nodes", file: "k8s/scheduling/training/train-job.yaml",
            "numNodes: 2", "numNodes: 3", notices: "k8s-schedulable/unschedulable"),
        .cluster(
            "eks-production", "a gang whose nodes are in two zones",
            file: "k8s/scheduling/clusters/eks-production.yaml", "[eu-west-1a, eu-west-1a]",
            "[eu-west-1a, eu-west-1b]", notices: "k8s-schedulable/unschedulable"),
        .cluster(
            "eks-production", "a gateway that waits for a lost zone",
            file: "k8s/gateway/components/nginx/proxy.yaml", "nodeTaintsPolicy: Honor", "nodeTaintsPolicy: Ignore",
            notices: "k8s-schedulable/no-place-left"),
        .cluster(
            "eks-production", "a backup that waits for its volume's zone, and no reason",
            file: "k8s/mlops-platform-demo/mlflow/mlflow-backup.yaml", "harness:ignore k8s-schedulable/zonal-volume",
            "k8s-schedulable/zonal-volume", notices: "k8s-schedulable/zonal-volume"),
        .cluster(
            "eks-production", "a page that says nothing waits when a zone is lost", file: "k8s/scheduling/README.md",
            "eu-west-1c lost   10     25    1", "eu-west-1c lost   10     26    0", notices: "k8s-schedulable/page"),
        .cluster(
            "eks-production", "nodes beyond their pool's limit", file: "k8s/scheduling/karpenter/general.yaml",
            "cpu: \"18\"", "cpu: \"4\"", notices: "k8s-schedulable/limit"),
        .cluster(
            "eks-staging", "a request larger than any node", file: "k8s/apps/claims/version/deployment.yaml",
            "            requests:\n              cpu: 100m", "            requests:\n              cpu: 2500m",
            notices: "k8s-schedulable/unschedulable"),
        .cluster(
            "eks-staging", "applications on spot nodes only", file: "k8s/components/zones/kustomization.yaml",
            "values: [general, spot]", "values: [spot]", notices: "k8s-schedulable/no-place-left"),
        .cluster(
            "aks-production", "a spread over more zones than there are",
            file: "k8s/components/zones/kustomization.yaml",
            "- topologyKey: topology.kubernetes.io/zone\n                maxSkew: 1",
            "- topologyKey: topology.kubernetes.io/zone\n                minDomains: 4\n                maxSkew: 1",
            notices: "k8s-schedulable/unschedulable"),
        .cluster(
            "eks-gpu-serving", "a predictor without a limit of GPUs",
            file: "k8s/mlops-platform-demo/components/gpu/inferenceservice.yaml",
            "          memory: 10Gi\n          nvidia.com/gpu: 1\n        limits:\n          cpu: \"3\"\n          memory: 10Gi\n          nvidia.com/gpu: 1\n",
            "          memory: 10Gi\n        limits:\n          cpu: \"3\"\n          memory: 10Gi\n",
            notices: "k8s-schedulable/idle-gpu"),
        .queues(
            "queues that promise more GPUs than there can be", file: "k8s/scheduling/kueue/experiments.yaml",
            "- name: nvidia.com/gpu\n              nominalQuota: \"8\"",
            "- name: nvidia.com/gpu\n              nominalQuota: \"12\"", notices: "k8s-queues/quota"),
        .queues(
            "a training without a queue", file: "k8s/scheduling/training/train-job.yaml",
            "kueue.x-k8s.io/queue-name: retraining", "app.kubernetes.io/part-of: retraining",
            notices: "k8s-queues/unqueued"),
        .queues(
            "a training larger than all quotas", file: "k8s/scheduling/training/train-job.yaml", "numNodes: 2",
            "numNodes: 5", notices: "k8s-queues/too-large"),
        .queues(
            "a namespace that its queue does not take", file: "k8s/scheduling/training/namespace.yaml",
            "platform.example.com/queue: retraining", "platform.example.com/queue: trials",
            notices: "k8s-queues/closed"),
        .queues(
            "a misspelt field of a node pool", file: "k8s/scheduling/karpenter/spot.yaml", "consolidateAfter",
            "consolidatesAfter", notices: "kubernetes-schema/unknown-field"),
        Break(
            name: "scheduling: a price that changed", needs: "k8s", scope: "k8s/scheduling/README.md",
            file: "k8s/scheduling/clouds.yaml", text: "price: 0.1008", replacement: "price: 0.2008",
            notices: "k8s-costs/row"),
    ]

    private static func cluster(
        _ cluster: String, _ name: String, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            name: "\(cluster): \(name)", needs: "k8s", scope: "k8s/scheduling/clusters/\(cluster).yaml", file: file,
            text: text, replacement: replacement, notices: notices)
    }

    private static func queues(
        _ name: String, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            name: "scheduling: \(name)", needs: "k8s", scope: "k8s/scheduling/overlays/eks", file: file, text: text,
            replacement: replacement, notices: notices)
    }
}
