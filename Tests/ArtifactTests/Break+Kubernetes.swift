/// The applications' manifests: what each overlay is made from, broken in base, component or patch.
extension Break {
    static let kubernetes: [Break] = [
        .overlay(
            "claims", "staging", "a Service that selects nobody", file: "k8s/apps/claims/version/service.yaml",
            "  selector:\n    app.kubernetes.io/name: claims", "  selector:\n    app.kubernetes.io/name: claim",
            notices: "k8s-selectors/nothing"),
        .overlay(
            "claims", "staging", "a Deployment that does not know its pods",
            file: "k8s/apps/claims/version/deployment.yaml",
            "  selector:\n    matchLabels:\n      app.kubernetes.io/name: claims",
            "  selector:\n    matchLabels:\n      app.kubernetes.io/name: claim", notices: "k8s-selectors/template"),
        .overlay(
            "claims", "staging", "a budget that keeps every pod",
            file: "k8s/components/disruption-budget/pod-disruption-budget.yaml", "maxUnavailable: 1",
            "maxUnavailable: 0", notices: "k8s-disruption/blocks"),
        .overlay(
            "claims", "staging", "a configuration that there is not", file: "k8s/apps/claims/version/deployment.yaml",
            "- configMapRef:\n                name: claims", "- configMapRef:\n                name: claim",
            notices: "k8s-references/missing"),
        .overlay(
            "claims", "staging", "a priority that there is not", file: "k8s/apps/claims/version/deployment.yaml",
            "priorityClassName: serving", "priorityClassName: urgent", notices: "k8s-references/missing"),
        .overlay(
            "claims", "staging", "a route at a listener that does not admit it",
            file: "k8s/apps/claims/version/route.yaml", "sectionName: https", "sectionName: http",
            notices: "k8s-references/listener"),
        .overlay(
            "claims", "staging", "a container on another port than its image",
            file: "k8s/apps/claims/version/deployment.yaml", "containerPort: 8080", "containerPort: 8000",
            notices: "k8s-network/denied"),
        .overlay(
            "claims", "staging", "a Service that leads to no port", file: "k8s/apps/claims/version/service.yaml",
            "targetPort: http", "targetPort: web", notices: "k8s-ports/service"),
        .overlay(
            "claims", "staging", "no limit of memory", file: "k8s/apps/claims/version/deployment.yaml",
            "              memory: 256Mi\n", "", notices: "k8s-quantities/missing"),
        .overlay(
            "claims", "staging", "a request above the limit", file: "k8s/apps/claims/version/deployment.yaml",
            "memory: 160Mi", "memory: 512Mi", notices: "k8s-quantities/order"),
        .overlay(
            "claims", "staging", "a strategy that there is not", file: "k8s/apps/claims/version/deployment.yaml",
            "type: RollingUpdate", "type: Rolling", notices: "k8s-enums/word"),
        .overlay(
            "claims", "staging", "root", file: "k8s/apps/claims/version/deployment.yaml", "runAsNonRoot: true",
            "runAsNonRoot: false", notices: "k8s-pod-security/root"),
        .overlay(
            "claims", "staging", "a root file system that can be written",
            file: "k8s/apps/claims/version/deployment.yaml", "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: false", notices: "k8s-pod-security/writable"),
        .overlay(
            "claims", "staging", "a token", file: "k8s/apps/claims/version/deployment.yaml",
            "automountServiceAccountToken: false", "automountServiceAccountToken: true",
            notices: "k8s-pod-security/token"),
        .overlay(
            "claims", "staging", "a namespace that enforces less", file: "k8s/apps/claims/base/namespace.yaml",
            "pod-security.kubernetes.io/enforce: restricted", "pod-security.kubernetes.io/enforce: baseline",
            notices: "k8s-pod-security/namespace"),
        .overlay(
            "claims", "staging", "a namespace that all may leave",
            file: "k8s/components/network-policies/deny-all.yaml",
            "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]", notices: "k8s-network/uncovered"),
        .overlay(
            "claims", "staging", "a door to every pod", file: "k8s/components/network-policies/from-gateway.yaml",
            "              kubernetes.io/metadata.name: gateway\n          podSelector:\n            matchLabels:\n              gateway.networking.k8s.io/gateway-name: public",
            "              kubernetes.io/metadata.name: stranger", notices: "k8s-network/allowed"),
        .overlay(
            "claims", "staging", "a tag in place of the digest",
            file: "k8s/apps/claims/overlays/staging/kustomization.yaml",
            "claims/claims-model\n    digest: sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "claims/claims-model\n    newTag: latest", notices: "k8s-images/mutable"),
        .overlay(
            "claims", "staging", "a misspelt field", file: "k8s/apps/claims/version/deployment.yaml",
            "terminationGracePeriodSeconds", "terminationGraceSeconds", notices: "kubernetes-schema/unknown-field"),
        .overlay(
            "claims", "staging", "a component that there is not",
            file: "k8s/apps/claims/overlays/staging/kustomization.yaml", "components/monitoring", "components/monitor",
            notices: "kustomize/missing-file"),
        Break(
            name: "observability: the address of Pod Identity is not the agent's", needs: "k8s",
            scope: "k8s/observability/overlays/eks", file: "k8s/observability/overlays/eks/cloud-credentials.yaml",
            text: "169.254.170.23/32", replacement: "169.254.169.254/32", notices: "k8s-network/denied"),
        .gateway(
            "staging", "a wildcard among the controller's rights", file: "k8s/gateway/components/traefik/roles.yaml",
            "resources: [namespaces]", "resources: [\"*\"]", notices: "k8s-rights/wildcard"),
        .gateway(
            "staging", "a role that nobody has", file: "k8s/gateway/components/traefik/roles.yaml",
            "kind: ClusterRole\n  name: traefik\n", "kind: ClusterRole\n  name: view\n", notices: "k8s-rights/unused"),
        .gateway(
            "staging", "a gateway shut off from an application",
            file: "k8s/gateway/components/traefik/network-policy.yaml", "port: 8080", "port: 8081",
            notices: "k8s-network/denied"),
    ]

    private static func overlay(
        _ application: String, _ overlay: String, _ name: String, file: String, _ text: String,
        _ replacement: String, notices: String
    ) -> Break {
        Break(
            name: "\(application): \(name)", needs: "k8s", scope: "k8s/apps/\(application)/overlays/\(overlay)",
            file: file, text: text, replacement: replacement, notices: notices)
    }

    private static func gateway(
        _ overlay: String, _ name: String, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            name: "gateway: \(name)", needs: "k8s", scope: "k8s/gateway/overlays/\(overlay)", file: file, text: text,
            replacement: replacement, notices: notices)
    }
}
