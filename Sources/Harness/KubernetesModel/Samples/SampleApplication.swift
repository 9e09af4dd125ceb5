/// A small valid application from Containerfile to route. Examples of rules change one line of it.
package enum SampleApplication {
    package static let files: [String: String] = [
        "image/Containerfile": "FROM scratch\nEXPOSE 8080\nUSER 10001:10001\n",
        "README.md":
            "# shop\n\n## Endpoints\n\n| Path | Answers |\n|---|---|\n| `/readyz` | 200 |\n| `/healthz` | 200 |\n",
        "k8s/namespace.yaml": """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: shop
          labels:
            pod-security.kubernetes.io/enforce: restricted

        """,
        "k8s/deployment.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: shop
          namespace: shop
        spec:
          replicas: 3
          strategy:
            type: RollingUpdate
          selector:
            matchLabels:
              app: shop
          template:
            metadata:
              labels:
                app: shop
            spec:
              serviceAccountName: shop
              automountServiceAccountToken: false
              priorityClassName: serving
              securityContext:
                runAsNonRoot: true
                runAsUser: 10001
                seccompProfile:
                  type: RuntimeDefault
              topologySpreadConstraints:
                - topologyKey: topology.kubernetes.io/zone
                  maxSkew: 1
                  whenUnsatisfiable: DoNotSchedule
                  labelSelector:
                    matchLabels:
                      app: shop
              containers:
                - name: shop
                  image: registry.example.com/shop@sha256:\(String(repeating: "1", count: 64))
                  imagePullPolicy: IfNotPresent
                  env:
                    - name: LEVEL
                      valueFrom:
                        configMapKeyRef:
                          name: shop
                          key: level
                  ports:
                    - name: http
                      containerPort: 8080
                  resources:
                    requests:
                      cpu: 100m
                      memory: 128Mi
                    limits:
                      cpu: "1"
                      memory: 256Mi
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities:
                      drop: [ALL]
                  readinessProbe:
                    httpGet:
                      path: /readyz
                      port: http
                  livenessProbe:
                    httpGet:
                      path: /healthz
                      port: http
                    initialDelaySeconds: 10
                  volumeMounts:
                    - name: key
                      mountPath: /key
              volumes:
                - name: key
                  secret:
                    secretName: shop-tls

        """,
        "k8s/service.yaml": """
        apiVersion: v1
        kind: Service
        metadata:
          name: shop
          namespace: shop
        spec:
          selector:
            app: shop
          ports:
            - name: http
              port: 80
              targetPort: http

        """,
        "k8s/others.yaml": """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: shop
          namespace: shop
        automountServiceAccountToken: false
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: shop
          namespace: shop
        data:
          level: info
        ---
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata:
          name: serving
        value: 1000
        ---
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata:
          name: shop
          namespace: shop
        spec:
          secretName: shop-tls
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata:
          name: shop
          namespace: shop
        spec:
          maxUnavailable: 1
          selector:
            matchLabels:
              app: shop
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata:
          name: shop
          namespace: shop
        spec:
          minReplicas: 3
          maxReplicas: 6
          scaleTargetRef:
            apiVersion: apps/v1
            kind: Deployment
            name: shop

        """,
        "k8s/route.yaml": """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata:
          name: public
          namespace: shop
        spec:
          gatewayClassName: any
          listeners:
            - name: https
              protocol: HTTPS
              port: 443
              tls:
                certificateRefs:
                  - name: shop-tls
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata:
          name: shop
          namespace: shop
        spec:
          parentRefs:
            - name: public
              sectionName: https
          rules:
            - backendRefs:
                - name: shop
                  port: 80

        """,
        "k8s/network.yaml": """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: deny-all
          namespace: shop
        spec:
          podSelector: {}
          policyTypes: [Ingress, Egress]
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: from-gateway
          namespace: shop
        spec:
          podSelector:
            matchLabels:
              app: shop
          policyTypes: [Ingress]
          ingress:
            - from:
                - namespaceSelector:
                    matchLabels:
                      kubernetes.io/metadata.name: edge
                  podSelector:
                    matchLabels:
                      app: gateway
              ports:
                - protocol: TCP
                  port: http

        """,
        "k8s/rights.yaml": """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: shop
          namespace: shop
        rules:
          - apiGroups: [""]
            resources: [configmaps]
            verbs: [get]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: shop
          namespace: shop
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: shop
        subjects:
          - kind: ServiceAccount
            name: shop
            namespace: shop

        """,
    ]

    /// The files with one text in one file replaced.
    package static func with(_ old: String, _ new: String, in file: String) -> [String: String] {
        let path = file.contains("/") || file == "README.md" ? file : "k8s/\(file).yaml"
        var files = files
        let text = files[path] ?? ""
        precondition(text.contains(old), "\(path) does not hold \(old)")
        files[path] = text.replacing(old, with: new)
        return files
    }

    package static func adding(_ text: String, as path: String) -> [String: String] {
        files.merging([path: text]) { $1 }
    }
}
