import TestSupport

/// Rights, flows and the mesh: what `access.yaml` and `reachability.yaml` want, broken in role, policy or table.
extension Break {
    static let security: [Break] = [
        .access(
            id: "access/data-scientist-changes-serving", file: "k8s/mlops-platform-demo/rbac/mlops-rbac.yaml",
            "resources: [inferenceservices, servingruntimes]\n    verbs: [get, list, watch]",
            "resources: [inferenceservices, servingruntimes]\n    verbs: [get, list, watch, patch]",
            notices: "k8s-access/granted"),
        .access(
            id: "access/data-scientist-cannot-read-logs", file: "k8s/mlops-platform-demo/rbac/mlops-rbac.yaml",
            "resources: [pods, pods/log, events, services]", "resources: [pods, events, services]",
            notices: "k8s-access/lacks"),
        .access(
            id: "access/engineer-bypasses-git", file: "k8s/mlops-platform-demo/rbac/mlops-rbac.yaml",
            "resources: [inferenceservices]\n    verbs: [get, list, watch]",
            "resources: [inferenceservices]\n    verbs: [get, list, watch, create, patch]",
            notices: "k8s-access/granted"),
        .access(
            id: "access/engineer-moves-traffic", file: "k8s/mlops-platform-demo/rbac/mlops-rbac.yaml",
            "resources: [inferenceservices]\n    verbs: [get, list, watch]\n  - apiGroups: [gateway.networking.k8s.io]\n    resources: [httproutes]\n    verbs: [get, list, watch]",
            "resources: [inferenceservices]\n    verbs: [get, list, watch]\n  - apiGroups: [gateway.networking.k8s.io]\n    resources: [httproutes]\n    verbs: [get, list, watch, update]",
            notices: "k8s-access/granted"),
        .access(
            id: "access/engineer-reads-secrets", file: "k8s/mlops-platform-demo/rbac/mlops-rbac.yaml",
            "resources: [pods, pods/log, events]", "resources: [pods, pods/log, events, secrets]",
            notices: "k8s-access/unwanted"),
        .access(
            id: "access/admin-binds-roles", file: "k8s/cluster/platform-admin.yaml",
            "clusterroles, rolebindings, roles]\n    verbs: [get, list, watch]",
            "clusterroles, rolebindings, roles]\n    verbs: [get, list, watch, bind]", notices: "k8s-access/granted"),
        .access(
            id: "access/admin-by-wrong-group", file: "k8s/cluster/platform-admin.yaml", "name: platform:admins",
            "name: system:authenticated", notices: "k8s-access/unnamed"),
        .access(
            id: "access/controller-watches-too-much", file: "k8s/gateway/components/traefik/roles.yaml",
            "resources: [endpointslices]", "resources: [endpointslices, leases]", notices: "k8s-access/unwanted"),
        .access(
            id: "access/renamed-config-map",
            file: "k8s/gateway/components/traefik/kustomization.yaml", "- name: traefik-limits", "- name: traefik",
            notices: "k8s-access/lacks"),
        .access(
            id: "access/unlisted-account", file: "k8s/access.yaml",
            "  mlflow-production: {account: mlflow-production/mlflow}\n", "", notices: "k8s-access/unnamed"),
        .access(
            id: "access/subject-without-denials", file: "k8s/access.yaml",
            "  - {who: report, can: [get, list, watch], on: [pods, secrets, configmaps, namespaces]}\n", "",
            notices: "k8s-access/undenied"),
        Break(
            id: "mlflow/secret-fetched-once", needs: "k8s",
            scope: "k8s/mlops-platform-demo/overlays/production/mlflow",
            file: "k8s/mlops-platform-demo/secrets/mlflow.yaml", text: "refreshInterval: 15m",
            replacement: "refreshInterval: \"0\"", notices: "k8s-secrets/stale"),
        Break(
            id: "mlflow/secrets-by-account-without-role", needs: "k8s",
            scope: "k8s/mlops-platform-demo/overlays/production/mlflow",
            file: "k8s/mlops-platform-demo/secrets/mlflow.yaml", text: "      region: eu-west-1\n",
            replacement:
                "      region: eu-west-1\n      auth:\n        jwt:\n          serviceAccountRef:\n            name: mlflow\n",
            notices: "k8s-controllers/role"),
        Break(
            id: "mlflow/plain-secret", needs: "k8s",
            scope: "k8s/mlops-platform-demo/overlays/production/mlflow",
            file: "k8s/mlops-platform-demo/overlays/production/mlflow/kustomization.yaml",
            text: "configMapGenerator:\n",
            replacement: "secretGenerator:\n  - name: session\n    literals: [key=example]\nconfigMapGenerator:\n",
            notices: "k8s-secrets/in-clear"),
        .models(
            id: "models/engineer-reads-every-secret", "staging/models",
            file: "k8s/mlops-platform-demo/rbac/mlops-rbac.yaml",
            "  - apiGroups: [\"\"]\n    resources: [pods, pods/log, events]\n    verbs: [get, list, watch]",
            "  - apiGroups: [\"\"]\n    resources: [pods, secrets]\n    verbs: [get, list, watch, create]",
            notices: "k8s-escalation/secrets"),
        .models(
            id: "models/gateway-cannot-reach-predictors", "staging/models",
            file: "k8s/mlops-platform-demo/model-deploy/networkpolicy.yaml", "kubernetes.io/metadata.name: gateway",
            "kubernetes.io/metadata.name: claims", notices: "k8s-network/denied"),
        .models(
            id: "models/no-default-deny", "staging/models",
            file: "k8s/mlops-platform-demo/model-deploy/networkpolicy.yaml", "  podSelector: {}",
            "  podSelector: {matchLabels: {component: predictor}}", notices: "k8s-network/open"),
        .models(
            id: "models/runtime-as-root", "staging/models",
            file: "k8s/mlops-platform-demo/model-deploy/servingruntime.yaml", "runAsNonRoot: true",
            "runAsNonRoot: false",
            notices: "k8s-pod-security/root"),
        // Argo CD's pods carry `app.kubernetes.io/name` alone; `part-of` is on its Deployments.
        Break(
            id: "gitops/policy-misses-pods", needs: "k8s",
            scope: "k8s/gitops/overlays/production", file: "k8s/gitops/base/network-policies.yaml",
            text: "  podSelector:\n    matchExpressions:\n      - key: app.kubernetes.io/name\n",
            replacement: "  podSelector:\n    matchExpressions:\n      - key: app.kubernetes.io/part-of\n",
            notices: "k8s-network/denied"),
        Break(
            id: "observability/tunnel-blocked", needs: "k8s",
            scope: "k8s/observability/overlays/production",
            file: "k8s/observability/overlays/production/mesh.yaml",
            text: "      ports:\n        - protocol: TCP\n          port: 15008\n    - from:",
            replacement: "      ports:\n        - protocol: TCP\n          port: 9090\n    - from:",
            notices: "k8s-network/denied"),
        .models(
            id: "models/drift-check-bypasses-tunnel", "production/drift",
            file: "k8s/mlops-platform-demo/overlays/production/drift/kustomization.yaml",
            "path: /spec/egress/2/ports/0/port\n        value: 15008",
            "path: /spec/egress/2/ports/0/port\n        value: 8888", notices: "k8s-network/denied"),
        .models(
            id: "models/pod-identity-address", "production/models-canary",
            file: "k8s/mlops-platform-demo/model-deploy/networkpolicy.yaml", "169.254.170.23/32",
            "169.254.169.254/32", notices: "k8s-network/denied"),
        .models(
            id: "pipelines/pod-identity-address", "production/pipelines",
            file: "k8s/mlops-platform-demo/kubeflow/policies/steps.yaml", "169.254.170.23/32",
            "169.254.169.254/32", notices: "k8s-network/denied"),
        .models(
            id: "models/metric-without-value", "production/models-gpu",
            file: "k8s/mlops-platform-demo/components/gpu/inferenceservice.yaml",
            "              type: Value\n              value: \"50\"\n",
            "              type: AverageValue\n              averageValue: \"50\"\n", notices: "k8s-controllers/metric"),
        .models(
            id: "models/plaintext-traffic", "production/models-canary",
            file: "k8s/mlops-platform-demo/overlays/production/models/mesh.yaml",
            "mode: STRICT", "mode: PERMISSIVE", notices: "k8s-mesh/plaintext"),
        .models(
            id: "models/unwanted-caller", "production/models-canary",
            file: "k8s/mlops-platform-demo/overlays/production/models/mesh.yaml",
            "- cluster.local/ns/models-production/sa/waypoint",
            "- cluster.local/ns/models-production/sa/waypoint\n              - cluster.local/ns/kubeflow/sa/pipeline-runner",
            notices: "k8s-mesh/allowed"),
        .models(
            id: "pipelines/steps-reach-database", "production/pipelines",
            file: "k8s/mlops-platform-demo/kubeflow/policies/platform.yaml", "      app: seaweedfs", "      app: mysql",
            notices: "k8s-network/denied"),
        .models(
            id: "sign-on/called-around-gateway", "staging/sign-on",
            file: "k8s/mlops-platform-demo/kubeflow/sign-on/network-policy.yaml",
            "              kubernetes.io/metadata.name: gateway\n          podSelector:\n            matchLabels:\n              gateway.networking.k8s.io/gateway-name: public",
            "              kubernetes.io/metadata.name: kubeflow\n          podSelector:\n            matchLabels:\n              application-crd-id: kubeflow-pipelines",
            notices: "k8s-network/denied"),
        .models(
            id: "pipelines/open-in-mesh", "production/pipelines",
            file: "k8s/mlops-platform-demo/overlays/production/pipelines/mesh.yaml",
            "# An empty policy allows nobody.\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy",
            "apiVersion: security.istio.io/v1\nkind: RequestAuthentication", notices: "k8s-mesh/open"),
        .models(
            id: "models/prometheus-refused", "production/models-canary",
            file: "k8s/mlops-platform-demo/overlays/production/models/token.yaml",
            "[cluster.local/ns/monitoring/sa/prometheus]", "[cluster.local/ns/gateway/sa/public-nginx]",
            notices: "k8s-mesh/unread"),
        .models(
            id: "models/misspelt-principal", "production/models-canary",
            file: "k8s/mlops-platform-demo/overlays/production/models/mesh.yaml",
            "sa/waypoint", "sa/way-point", notices: "k8s-mesh/principal"),
        .models(
            id: "models/policy-on-one-layer", "production/models-canary",
            file: "k8s/mlops-platform-demo/overlays/production/models/mesh.yaml",
            "- cluster.local/ns/models-production/sa/waypoint\n      to:\n        - operation:\n            ports: [\"8080\"]",
            "- cluster.local/ns/models-production/sa/waypoint\n      to:\n        - operation:\n            ports: [\"8081\"]",
            notices: "k8s-mesh/denied"),
        .models(
            id: "models/gateway-timeout-too-short", "production/models-canary",
            file: "k8s/mlops-platform-demo/model-deploy/route.yaml", "request: 35s", "request: 20s",
            notices: "k8s-traffic/order"),
        .models(
            id: "models/method-on-ztunnel", "production/models-canary",
            file: "k8s/mlops-platform-demo/overlays/production/models/mesh.yaml",
            "- cluster.local/ns/models-production/sa/waypoint\n      to:\n        - operation:\n",
            "- cluster.local/ns/models-production/sa/waypoint\n      to:\n        - operation:\n            methods: [POST]\n",
            notices: "k8s-mesh/layer"),
    ]

    private static func access(
        id: BreakID, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            id: id, needs: "k8s", scope: "k8s/access.yaml", file: file, text: text,
            replacement: replacement, notices: notices)
    }

    private static func models(
        id: BreakID, _ overlay: String, file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            id: id, needs: "k8s", scope: "k8s/mlops-platform-demo/overlays/\(overlay)",
            file: file, text: text, replacement: replacement, notices: notices)
    }
}
