import KubernetesModel

/// `SampleApplication` in Istio's mesh, in ambient mode.
enum SampleMesh {
    static let files = SampleApplication.files.merging([
        "k8s/namespace.yaml": (SampleApplication.files["k8s/namespace.yaml"] ?? "")
            + "    istio.io/dataplane-mode: ambient\n",
        "k8s/reachability.yaml": """
        outside:
          gateway: {namespace: edge, labels: {app: gateway}, account: gateway}
          watch: {namespace: watch, labels: {app: watch}, account: watch}
        allowed:
          - {from: gateway, to: shop/shop, port: 15008, inside: 8080}

        """,
        "k8s/mesh.yaml": """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: strict
          namespace: shop
        spec:
          mtls:
            mode: STRICT
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata:
          name: allow-gateway
          namespace: shop
        spec:
          action: ALLOW
          rules:
            - from:
                - source:
                    principals: [cluster.local/ns/edge/sa/gateway]
              to:
                - operation:
                    ports: ["8080"]
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata:
          name: shop
          namespace: shop
        spec:
          host: shop.shop.svc.cluster.local
          trafficPolicy:
            connectionPool:
              tcp:
                connectTimeout: 1s
            outlierDetection:
              consecutive5xxErrors: 5

        """,
        "k8s/route.yaml": (SampleApplication.files["k8s/route.yaml"] ?? "").replacing(
            "    - backendRefs:",
            with: "    - timeouts:\n        request: 10s\n        backendRequest: 4s\n      backendRefs:"),
        "k8s/network.yaml": (SampleApplication.files["k8s/network.yaml"] ?? "").replacing(
            "port: http", with: "port: 15008"),
    ]) { $1 }.mapValues { $0.replacing("gatewayClassName: any", with: "gatewayClassName: istio") }

    /// With pods that an operator creates in the application's namespace.
    static let guest = files.merging([
        "k8s/reachability.yaml": (files["k8s/reachability.yaml"] ?? "").replacing(
            "allowed:\n",
            with:
                "  helper: {namespace: shop, labels: {app: helper}, account: helper}\nallowed:\n  - {from: gateway, to: helper, port: 15008, inside: 9000}\n"
        ),
        "k8s/helper.yaml": """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: helper, namespace: shop}
        spec:
          selector: {matchLabels: {app: helper}}
          action: ALLOW
          rules:
            - from: [{source: {principals: [cluster.local/ns/edge/sa/gateway]}}]
              to: [{operation: {ports: ["9000"]}}]

        """,
    ]) { $1 }

    /// With a Prometheus, and a monitor of the application's pods.
    static let monitored = files.merging([
        "k8s/reachability.yaml": (files["k8s/reachability.yaml"] ?? "")
            + "  - {from: watch, to: shop/shop, port: 15008, inside: 8080}\n",
        "k8s/monitor.yaml": """
        apiVersion: monitoring.coreos.com/v1
        kind: Prometheus
        metadata: {name: watch, namespace: watch}
        spec: {serviceAccountName: watch}
        ---
        apiVersion: monitoring.coreos.com/v1
        kind: PodMonitor
        metadata: {name: shop, namespace: shop}
        spec:
          selector: {matchLabels: {app: shop}}
          podMetricsEndpoints: [{port: http}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: watch, namespace: shop}
        spec:
          action: ALLOW
          rules:
            - from: [{source: {principals: [cluster.local/ns/watch/sa/watch]}}]
              to: [{operation: {ports: ["8080"]}}]

        """,
    ]) { $1 }

    /// The files with one text replaced, in the file that contains it.
    static func with(_ old: String, _ new: String) -> [String: String] {
        precondition(files.values.contains { $0.contains(old) }, "no file holds \(old)")
        return files.mapValues { $0.replacing(old, with: new) }
    }
}
