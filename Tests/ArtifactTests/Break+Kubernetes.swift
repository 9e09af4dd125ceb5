import TestSupport

/// The applications' manifests: what each overlay is made from, broken in base, component or patch.
extension Break {
    static let kubernetes: [Break] = [
        .overlay(
            id: "claims/service-selects-nothing", "staging", file: "k8s/apps/claims/version/service.yaml",
            "  selector:\n    app.kubernetes.io/name: claims", "  selector:\n    app.kubernetes.io/name: claim",
            notices: "k8s-selectors/nothing"),
        .overlay(
            id: "claims/selector-mismatch", "staging",
            file: "k8s/apps/claims/version/deployment.yaml",
            "  selector:\n    matchLabels:\n      app.kubernetes.io/name: claims",
            "  selector:\n    matchLabels:\n      app.kubernetes.io/name: claim", notices: "k8s-selectors/template"),
        .overlay(
            id: "claims/budget-blocks-eviction", "staging",
            file: "k8s/components/disruption-budget/pod-disruption-budget.yaml", "maxUnavailable: 1",
            "maxUnavailable: 0", notices: "k8s-disruption/blocks"),
        .overlay(
            id: "claims/unknown-config-map", "staging", file: "k8s/apps/claims/version/deployment.yaml",
            "- configMapRef:\n                name: claims", "- configMapRef:\n                name: claim",
            notices: "k8s-references/missing"),
        .overlay(
            id: "claims/unknown-priority-class", "staging", file: "k8s/apps/claims/version/deployment.yaml",
            "priorityClassName: serving", "priorityClassName: urgent", notices: "k8s-references/missing"),
        .overlay(
            id: "claims/route-not-admitted", "staging",
            file: "k8s/apps/claims/version/route.yaml", "sectionName: https", "sectionName: http",
            notices: "k8s-references/listener"),
        .overlay(
            id: "claims/wrong-container-port", "staging",
            file: "k8s/apps/claims/version/deployment.yaml", "containerPort: 8080", "containerPort: 8000",
            notices: "k8s-network/denied"),
        .overlay(
            id: "claims/unknown-target-port", "staging", file: "k8s/apps/claims/version/service.yaml",
            "targetPort: http", "targetPort: web", notices: "k8s-ports/service"),
        .overlay(
            id: "claims/no-memory-limit", "staging", file: "k8s/apps/claims/version/deployment.yaml",
            "              memory: 256Mi\n", "", notices: "k8s-quantities/missing"),
        .overlay(
            id: "claims/request-above-limit", "staging", file: "k8s/apps/claims/version/deployment.yaml",
            "memory: 160Mi", "memory: 512Mi", notices: "k8s-quantities/order"),
        .overlay(
            id: "claims/unknown-strategy", "staging", file: "k8s/apps/claims/version/deployment.yaml",
            "type: RollingUpdate", "type: Rolling", notices: "k8s-enums/word"),
        .overlay(
            id: "claims/runs-as-root", "staging", file: "k8s/apps/claims/version/deployment.yaml", "runAsNonRoot: true",
            "runAsNonRoot: false", notices: "k8s-pod-security/root"),
        .overlay(
            id: "claims/writable-root-filesystem", "staging",
            file: "k8s/apps/claims/version/deployment.yaml", "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: false", notices: "k8s-pod-security/writable"),
        .overlay(
            id: "claims/service-account-token", "staging", file: "k8s/apps/claims/version/deployment.yaml",
            "automountServiceAccountToken: false", "automountServiceAccountToken: true",
            notices: "k8s-pod-security/token"),
        .overlay(
            id: "claims/weaker-pod-security", "staging", file: "k8s/apps/claims/base/namespace.yaml",
            "pod-security.kubernetes.io/enforce: restricted", "pod-security.kubernetes.io/enforce: baseline",
            notices: "k8s-pod-security/namespace"),
        .overlay(
            id: "claims/unrestricted-egress", "staging",
            file: "k8s/components/network-policies/deny-all.yaml",
            "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]", notices: "k8s-network/uncovered"),
        .overlay(
            id: "claims/ingress-from-stranger", "staging", file: "k8s/components/network-policies/from-gateway.yaml",
            "              kubernetes.io/metadata.name: gateway\n          podSelector:\n            matchLabels:\n              gateway.networking.k8s.io/gateway-name: public",
            "              kubernetes.io/metadata.name: stranger", notices: "k8s-network/allowed"),
        .overlay(
            id: "claims/mutable-image-tag", "staging",
            file: "k8s/apps/claims/overlays/staging/kustomization.yaml",
            "claims/claims-model\n    digest: sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "claims/claims-model\n    newTag: latest", notices: "k8s-images/mutable"),
        .overlay(
            id: "claims/misspelt-field", "staging", file: "k8s/apps/claims/version/deployment.yaml",
            "terminationGracePeriodSeconds", "terminationGraceSeconds", notices: "kubernetes-schema/unknown-field"),
        .overlay(
            id: "claims/unknown-component", "staging",
            file: "k8s/apps/claims/overlays/staging/kustomization.yaml", "components/monitoring", "components/monitor",
            notices: "kustomize/missing-file"),
        Break(
            id: "observability/pod-identity-address", needs: "k8s",
            scope: "k8s/observability/overlays/eks", file: "k8s/observability/overlays/eks/cloud-credentials.yaml",
            text: "169.254.170.23/32", replacement: "169.254.169.254/32", notices: "k8s-network/denied"),
        .mlflow(
            id: "mlflow/pod-identity-address", file: "mlflow-networkpolicy.yaml", "169.254.170.23/32",
            "169.254.169.254/32", notices: "k8s-network/denied"),
        .mlflow(
            id: "mlflow/unknown-backup-volume", file: "mlflow-backup.yaml", "claimName: mlflow-backups",
            "claimName: mlflow-backup", notices: "k8s-references/missing"),
        .mlflow(
            id: "mlflow/unknown-artifact-store", file: "mlflow-deployment.yaml", "key: artifacts-destination",
            "key: artifact-destination", notices: "k8s-references/key"),
        .gateway(
            id: "gateway/controller-wildcard", "staging", file: "k8s/gateway/components/traefik/roles.yaml",
            "resources: [namespaces]", "resources: [\"*\"]", notices: "k8s-rights/wildcard"),
        .gateway(
            id: "gateway/unbound-role", "staging", file: "k8s/gateway/components/traefik/roles.yaml",
            "kind: ClusterRole\n  name: traefik\n", "kind: ClusterRole\n  name: view\n", notices: "k8s-rights/unused"),
        .gateway(
            id: "gateway/gateway-egress-blocked", "staging",
            file: "k8s/gateway/components/traefik/network-policy.yaml", "port: 8080", "port: 8081",
            notices: "k8s-network/denied"),
    ]

    private static func overlay(
        id: BreakID, _ overlay: String, file: String, _ text: String,
        _ replacement: String, notices: String
    ) -> Break {
        Break(
            id: id, needs: "k8s", scope: "k8s/apps/\(id.component)/overlays/\(overlay)",
            file: file, text: text, replacement: replacement, notices: notices)
    }

    private static func mlflow(
        id: BreakID, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            id: id, needs: "k8s", scope: "k8s/mlops-platform-demo/overlays/production/mlflow",
            file: "k8s/mlops-platform-demo/mlflow/\(file)", text: text, replacement: replacement,
            notices: notices)
    }

    private static func gateway(
        id: BreakID, _ overlay: String, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            id: id, needs: "k8s", scope: "k8s/gateway/overlays/\(overlay)", file: file, text: text,
            replacement: replacement, notices: notices)
    }
}
