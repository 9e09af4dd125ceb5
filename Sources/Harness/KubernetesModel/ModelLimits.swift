/// The limits of each solver's model. Each output begins with them, so that readers know what a table does not cover.
public enum ModelLimits {
    public static let scheduling = [
        "scores other than soft spread: the nodes shown are one possible choice, and with them each volume's zone",
        "nodes that an autoscaler adds or removes: nodes are those of clusters/NAME.yaml",
        "Kueue's admission: quotas are k8s-queues' task, ready nodes and topologies nobody's",
        "attachments: limits of a node's disks, and two nodes that mount one disk",
        "DaemonSets (a fixed sum for each node), host ports, and overlays that the cluster file does not list",
        "pods of operators other than KServe in Standard mode, Trainer and NGINX Gateway Fabric",
    ]

    public static let network = [
        "whether the network plugin enforces policies, and its own policies (Cilium, Calico)",
        "UDP apart from TCP, IPv6, and addresses other than those under `outside`",
        "node-local traffic: the kubelet, pods in the host's network, a Service's translation of ports",
        "pods of other programs, unless they are under `outside`; there, their labels are an assumption with a source",
        "waypoints and requests: methods, paths, tokens",
    ]

    public static let access = [
        "rights that a cluster or an operator brings itself (`cluster-admin`, aggregated roles), and other authorizers",
        "what an admission policy refuses although a role allows it",
        "what a right leads to: who may make a pod acts with that pod's account",
    ]

    /// For a terminal: one line for each.
    public static func text(_ limits: [String]) -> String {
        "Not modelled:\n" + limits.map { "- \($0)\n" }.joined()
    }
}
