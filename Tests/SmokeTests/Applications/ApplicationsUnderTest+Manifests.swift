extension ApplicationsUnderTest {
    /// What the overlays of k8s/ render to, shortened to what a test needs.
    static let manifestText = """
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
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: claims, namespace: claims }
        spec:
          parentRefs: [{ name: public, namespace: gateway, sectionName: https }]
          rules:
            - matches: [{ path: { type: PathPrefix, value: /claims/score } }]
              filters:
                - type: URLRewrite
                  urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /score } }
              backendRefs: [{ name: claims, port: 80 }]
            - matches: [{ path: { type: Exact, value: /claims/healthz } }]
              filters:
                - type: URLRewrite
                  urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /healthz } }
              backendRefs: [{ name: claims, port: 80 }]
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: report, namespace: report }
        spec:
          parentRefs: [{ name: public, namespace: gateway, sectionName: https }]
          rules:
            - matches: [{ path: { type: PathPrefix, value: /report } }]
              filters:
                - type: URLRewrite
                  urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: / } }
              backendRefs: [{ name: report, port: 80 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: claims, namespace: claims }
        spec:
          selector: { app.kubernetes.io/name: claims }
          ports: [{ name: http, port: 80, targetPort: http }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: report, namespace: report }
        spec:
          selector: { app.kubernetes.io/name: report }
          ports: [{ name: http, port: 80, targetPort: http }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: claims, namespace: claims }
        spec:
          replicas: 2
          template:
            metadata:
              labels: { app.kubernetes.io/name: claims }
            spec:
              terminationGracePeriodSeconds: 20
              securityContext:
                runAsUser: 10001
                runAsGroup: 10001
                seccompProfile: { type: RuntimeDefault }
              containers:
                - name: claims
                  image: claims-model:local
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
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: report, namespace: report }
        spec:
          replicas: 1
          template:
            metadata:
              labels: { app.kubernetes.io/name: report }
            spec:
              terminationGracePeriodSeconds: 20
              securityContext:
                runAsUser: 10001
                runAsGroup: 10001
                seccompProfile: { type: RuntimeDefault }
              containers:
                - name: report
                  image: report:local
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
