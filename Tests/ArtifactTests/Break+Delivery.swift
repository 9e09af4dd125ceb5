import TestSupport

/// The delivery of this repository: workflow, Jenkinsfile and Argo CD, one line broken in a copy.
struct DeliveryBreak: Sendable, CustomStringConvertible {
    let id: BreakID
    let file: String
    let text: String
    let replacement: String
    let notices: String
    var description: String { "\(id)" }

    private static let workflow = ".github/workflows/ci-cd.yaml"
    private static let jenkins = "k8s/mlops-platform-demo/Jenkinsfile"
    private static let staging = "k8s/gitops/overlays/staging"
    private static let production = "k8s/gitops/overlays/production"

    private init(id: BreakID, _ file: String, _ text: String, _ replacement: String, notices: String) {
        self.id = id
        self.file = file
        self.text = text
        self.replacement = replacement
        self.notices = notices
    }

    private static let images = ".github/workflows/image.yaml"

    static let all: [DeliveryBreak] = [
        DeliveryBreak(
            id: "image-workflow/published-by-pull-request", images,
            "    if: github.ref == 'refs/heads/main' && github.event_name != 'pull_request'\n", "",
            notices: "workflow/pull-request"),
        DeliveryBreak(
            id: "image-workflow/unchecked-image", images, "needs: [lint, apply]", "needs: [lint, applied]",
            notices: "workflow/needs"),
        DeliveryBreak(
            id: "delivery/workflow-copy-differs", "k8s/mlops-platform-demo/\(workflow)", "ci/validate.sh candidate",
            "true", notices: "workflow/copy"),
        DeliveryBreak(
            id: "delivery/production-without-approval", workflow, "needs: [build, approve]", "needs: build",
            notices: "workflow/approval"),
        DeliveryBreak(
            id: "delivery/staging-before-signature", workflow, "needs: [build, sign]", "needs: build",
            notices: "jenkinsfile/order"),
        DeliveryBreak(
            id: "delivery/approval-without-image", workflow, "needs: [build, deploy-staging]",
            "needs: deploy-staging", notices: "workflow/needs"),
        DeliveryBreak(
            id: "delivery/candidate-not-awaited", workflow, "    needs: train\n", "", notices: "workflow/artifact"),
        DeliveryBreak(
            id: "delivery/pull-request-with-cloud-role", workflow,
            "    if: github.ref == 'refs/heads/main' && github.event_name != 'pull_request'\n", "",
            notices: "workflow/pull-request"),
        DeliveryBreak(
            id: "delivery/write-all-permissions", workflow, "permissions: {}\n", "permissions: write-all\n",
            notices: "workflow/permissions"),
        DeliveryBreak(
            id: "delivery/unexplained-permission", workflow, " # the branch that is to be merged", "",
            notices: "workflow/unexplained"),
        DeliveryBreak(
            id: "delivery/unpinned-action", workflow, "\n      - run: ci/sign.sh \"$IMAGE\"",
            "\n      - uses: sigstore/cosign-installer@v4\n      - run: ci/sign.sh \"$IMAGE\"",
            notices: "workflow/unpinned"),
        DeliveryBreak(
            id: "delivery/misspelt-script", workflow, "ci/approve.sh", "ci/approved.sh", notices: "workflow/script"),
        DeliveryBreak(
            id: "delivery/misspelt-context", workflow, "group: model-platform-${{ github.ref }}",
            "group: model-platform-${{ gitbub.ref }}", notices: "act/invalid"),
        DeliveryBreak(
            id: "delivery/template-injection", workflow, "run: ci/sign.sh \"$IMAGE\"",
            "run: ci/sign.sh \"${{ github.event.client_payload.image }}\"", notices: "zizmor/template-injection"),
        DeliveryBreak(
            id: "delivery/unknown-trigger", workflow, "  repository_dispatch:", "  repository_dispatched:",
            notices: "workflow-schema/invalid"),
        DeliveryBreak(
            id: "delivery/jenkins-without-training", jenkins,
            "sh 'rm -rf candidate && ci/train.sh --out candidate'", "sh 'true'", notices: "jenkinsfile/order"),
        DeliveryBreak(
            id: "delivery/jenkins-without-approval", jenkins, "      input {", "      options {",
            notices: "jenkinsfile/approval"),
        DeliveryBreak(
            id: "delivery/misspelt-overlay", "\(staging)/applications.yaml", "path: k8s/apps/claims/overlays/staging",
            "path: k8s/apps/claim/overlays/staging", notices: "gitops/path"),
        DeliveryBreak(
            id: "delivery/routes-before-gateway", "\(staging)/applications.yaml",
            "{name: claims, project: applications, wave: services",
            "{name: claims, project: applications, wave: cluster", notices: "gitops/deadlock"),
        DeliveryBreak(
            id: "delivery/workloads-before-admission", "\(production)/applications.yaml",
            "{name: admission, project: platform, wave: cluster", "{name: admission, project: platform, wave: services",
            notices: "gitops/order"),
        DeliveryBreak(
            id: "delivery/unknown-wave", "\(production)/applications.yaml",
            "{name: models, project: applications, wave: services",
            "{name: models, project: applications, wave: models",
            notices: "gitops/step"),
        DeliveryBreak(
            id: "delivery/project-reaches-kube-system", "\(production)/project-applications.yaml",
            "      namespace: claims\n",
            "      namespace: claims\n    - server: https://kubernetes.default.svc\n      namespace: kube-system\n",
            notices: "gitops/unused"),
        DeliveryBreak(
            id: "delivery/project-reaches-every-namespace", "\(production)/project-applications.yaml",
            "      namespace: claims\n",
            "      namespace: \"*\"\n", notices: "gitops/wildcard"),
        DeliveryBreak(
            id: "delivery/project-makes-cluster-roles", "\(production)/project-applications.yaml",
            "  clusterResourceWhitelist:\n",
            "  clusterResourceWhitelist:\n    - group: rbac.authorization.k8s.io\n      kind: ClusterRole\n",
            notices: "gitops/unused"),
        DeliveryBreak(
            id: "delivery/destination-not-in-project", "\(staging)/project-applications.yaml",
            "    - server: https://kubernetes.default.svc\n      namespace: models-staging\n", "",
            notices: "gitops/destination"),
        DeliveryBreak(
            id: "delivery/production-follows-main", "\(production)/applications.yaml", "targetRevision: production",
            "targetRevision: main", notices: "gitops/revision"),
        DeliveryBreak(
            id: "delivery/no-sync-window", "\(production)/project-platform.yaml", "manualSync: false",
            "manualSync: true",
            notices: "gitops/window"),
        DeliveryBreak(
            id: "delivery/step-waits-for-volume", "k8s/gitops/base/settings.yaml",
            "health.PersistentVolumeClaim", "health.Pod", notices: "gitops/deadlock"),
        DeliveryBreak(
            id: "delivery/live-weights-kept", "\(production)/applications.yaml",
            "        retry:\n          limit: 5\n          backoff:\n            duration: 10s\n            factor: 2\n            maxDuration: 5m\n",
            "          - RespectIgnoreDifferences=true\n      ignoreDifferences:\n        - {group: gateway.networking.k8s.io, kind: HTTPRoute, jqPathExpressions: [\".spec.rules[].backendRefs\"]}\n",
            notices: "gitops/frozen"),
        DeliveryBreak(
            id: "delivery/progressive-syncs-off", "k8s/gitops/base/settings.yaml", "progressive.syncs: \"true\"",
            "progressive.syncs: \"false\"", notices: "gitops/steps-off"),
    ]
}
