extension ApplicationsUnderTest {
    /// What the overlays of k8s/ render to, shortened to what a test needs.
    static let manifestText =
        common
        + ["v1", "v2"].map { version in
            (claims + report).replacing("VERSION", with: version)
        }.joined()

    private static let common = """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: claims
          labels: { gateway: public }
        ---
        apiVersion: v1
        kind: Namespace
        metadata:
          name: report
          labels: { gateway: public }
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: { name: public, namespace: gateway }
        spec:
          gatewayClassName: traefik
          listeners:
            - name: http
              protocol: HTTP
              port: 80
            - name: https
              protocol: HTTPS
              port: 443
              allowedRoutes:
                namespaces:
                  from: Selector
                  selector: { matchLabels: { gateway: public } }
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: redirect, namespace: gateway }
        spec:
          parentRefs: [{ name: public, sectionName: http }]
          rules:
            - filters:
                - type: RequestRedirect
                  requestRedirect: { scheme: https, statusCode: 301 }

        """

    private static let claims = """
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: claims-VERSION, namespace: claims }
        spec:
          parentRefs: [{ name: public, namespace: gateway, sectionName: https }]
          rules:
            - matches: [{ path: { type: PathPrefix, value: /service/a/VERSION/score } }]
              filters:
                - type: URLRewrite
                  urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /score } }
              backendRefs: [{ name: claims-VERSION, port: 80 }]
            - matches: [{ path: { type: Exact, value: /service/a/VERSION/healthz } }]
              filters:
                - type: URLRewrite
                  urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /healthz } }
              backendRefs: [{ name: claims-VERSION, port: 80 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: claims-VERSION, namespace: claims }
        spec:
          selector: { app.kubernetes.io/name: claims, app.kubernetes.io/version: VERSION }
          ports: [{ name: http, port: 80, targetPort: http }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: claims-VERSION, namespace: claims }
        spec:
          replicas: 2
          template:
            metadata:
              labels: { app.kubernetes.io/name: claims, app.kubernetes.io/version: VERSION }
            spec:
              terminationGracePeriodSeconds: 20
              securityContext:
                runAsUser: 10001
                runAsGroup: 10001
                seccompProfile: { type: RuntimeDefault }
              containers:
                - name: claims
                  image: claims-VERSION:local
                  env: [{ name: SHAPE, value: VERSION }]
                  ports: [{ name: http, containerPort: 8080 }]
                  resources: { limits: { cpu: "1", memory: 64Mi } }
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities: { drop: [ALL] }
                  readinessProbe:
                    httpGet: { path: /readyz, port: http }
                    periodSeconds: 1
                    timeoutSeconds: 2
                  livenessProbe:
                    httpGet: { path: /healthz, port: http }
                  lifecycle: { preStop: { sleep: { seconds: 2 } } }

        """

    private static let report = """
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: report-VERSION, namespace: report }
        spec:
          parentRefs: [{ name: public, namespace: gateway, sectionName: https }]
          rules:
            - matches: [{ path: { type: PathPrefix, value: /service/b/VERSION } }]
              filters:
                - type: URLRewrite
                  urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: / } }
              backendRefs: [{ name: report-VERSION, port: 80 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: report-VERSION, namespace: report }
        spec:
          selector: { app.kubernetes.io/name: report, app.kubernetes.io/version: VERSION }
          ports: [{ name: http, port: 80, targetPort: http }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: report-VERSION, namespace: report }
        spec:
          replicas: 1
          template:
            metadata:
              labels: { app.kubernetes.io/name: report, app.kubernetes.io/version: VERSION }
            spec:
              terminationGracePeriodSeconds: 20
              securityContext:
                runAsUser: 10001
                runAsGroup: 10001
                seccompProfile: { type: RuntimeDefault }
              containers:
                - name: report
                  image: report-VERSION:local
                  ports: [{ name: http, containerPort: 8080 }]
                  resources: { limits: { cpu: "1", memory: 64Mi } }
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities: { drop: [ALL] }
                  readinessProbe:
                    httpGet: { path: /healthz, port: http }
                    periodSeconds: 1
                    timeoutSeconds: 2
                  lifecycle: { preStop: { sleep: { seconds: 2 } } }
                  volumeMounts: [{ name: tmp, mountPath: /tmp }]
              volumes:
                - name: tmp
                  emptyDir: { sizeLimit: 16Mi }

        """
}
