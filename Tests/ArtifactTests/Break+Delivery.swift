/// The delivery of this repository: workflow, Jenkinsfile and Argo CD, one line broken in a copy.
struct DeliveryBreak: Sendable, CustomStringConvertible {
    let name: String
    let file: String
    let text: String
    let replacement: String
    let notices: String
    var description: String { name }

    private static let workflow = ".github/workflows/ci-cd.yaml"
    private static let jenkins = "k8s/mlops-platform-demo/Jenkinsfile"
    private static let staging = "k8s/gitops/overlays/staging"
    private static let production = "k8s/gitops/overlays/production"

    private init(_ name: String, _ file: String, _ text: String, _ replacement: String, notices: String) {
        self.name = name
        self.file = file
        self.text = text
        self.replacement = replacement
        self.notices = notices
    }

    private static let images = ".github/workflows/image.yaml"

    static let all: [DeliveryBreak] = [
        DeliveryBreak(
            "a pull request with the role that publishes images", images,
            "    if: github.ref == 'refs/heads/main' && github.event_name != 'pull_request'\n", "",
            notices: "workflow/pull-request"),
        DeliveryBreak(
            "an image that nobody checked", images, "needs: [lint, apply]", "needs: [lint, applied]",
            notices: "workflow/needs"),
        DeliveryBreak(
            "the copy in the given place differs", "k8s/mlops-platform-demo/\(workflow)", "ci/validate.sh candidate",
            "true", notices: "workflow/copy"),
        DeliveryBreak(
            "production without approval", workflow, "needs: [build, approve]", "needs: build",
            notices: "workflow/approval"),
        DeliveryBreak(
            "staging before the signature", workflow, "needs: [build, sign]", "needs: build",
            notices: "jenkinsfile/order"),
        DeliveryBreak(
            "approval of an image that nobody names", workflow, "needs: [build, deploy-staging]",
            "needs: deploy-staging", notices: "workflow/needs"),
        DeliveryBreak(
            "a candidate that nobody waits for", workflow, "    needs: train\n", "", notices: "workflow/artifact"),
        DeliveryBreak(
            "pull requests with the cloud's role", workflow,
            "    if: github.ref == 'refs/heads/main' && github.event_name != 'pull_request'\n", "",
            notices: "workflow/pull-request"),
        DeliveryBreak(
            "every right for every job", workflow, "permissions: {}\n", "permissions: write-all\n",
            notices: "workflow/permissions"),
        DeliveryBreak(
            "a right without its reason", workflow, " # the branch that is to be merged", "",
            notices: "workflow/unexplained"),
        DeliveryBreak(
            "the signing tool by its tag", workflow, "\n      - run: ci/sign.sh \"$IMAGE\"",
            "\n      - uses: sigstore/cosign-installer@v4\n      - run: ci/sign.sh \"$IMAGE\"",
            notices: "workflow/unpinned"),
        DeliveryBreak("a misspelt script", workflow, "ci/approve.sh", "ci/approved.sh", notices: "workflow/script"),
        DeliveryBreak(
            "a misspelt context", workflow, "group: model-platform-${{ github.ref }}",
            "group: model-platform-${{ gitbub.ref }}", notices: "act/invalid"),
        DeliveryBreak(
            "a digest pasted into a command", workflow, "run: ci/sign.sh \"$IMAGE\"",
            "run: ci/sign.sh \"${{ github.event.client_payload.image }}\"", notices: "zizmor/template-injection"),
        DeliveryBreak(
            "a trigger that there is not", workflow, "  repository_dispatch:", "  repository_dispatched:",
            notices: "workflow-schema/invalid"),
        DeliveryBreak(
            "Jenkins trains nothing", jenkins,
            "sh 'rm -rf candidate && ci/train.sh --out candidate'", "sh 'true'", notices: "jenkinsfile/order"),
        DeliveryBreak(
            "Jenkins asks nobody", jenkins, "      input {", "      options {", notices: "jenkinsfile/approval"),
        DeliveryBreak(
            "a misspelt overlay", "\(staging)/applications.yaml", "path: k8s/apps/claims/overlays/staging",
            "path: k8s/apps/claim/overlays/staging", notices: "gitops/path"),
        DeliveryBreak(
            "routes that wait for a Gateway in a later step", "\(staging)/applications.yaml",
            "{name: claims, project: applications, wave: services",
            "{name: claims, project: applications, wave: cluster", notices: "gitops/deadlock"),
        DeliveryBreak(
            "workloads before the policy that judges them", "\(production)/applications.yaml",
            "{name: admission, project: platform, wave: cluster", "{name: admission, project: platform, wave: services",
            notices: "gitops/order"),
        DeliveryBreak(
            "a wave that there is not", "\(production)/applications.yaml",
            "{name: models, project: applications, wave: services",
            "{name: models, project: applications, wave: models",
            notices: "gitops/step"),
        DeliveryBreak(
            "teams may write to kube-system", "\(production)/project-applications.yaml",
            "      namespace: claims\n",
            "      namespace: claims\n    - server: https://kubernetes.default.svc\n      namespace: kube-system\n",
            notices: "gitops/unused"),
        DeliveryBreak(
            "teams may write anywhere", "\(production)/project-applications.yaml", "      namespace: claims\n",
            "      namespace: \"*\"\n", notices: "gitops/wildcard"),
        DeliveryBreak(
            "teams may make roles of the cluster", "\(production)/project-applications.yaml",
            "  clusterResourceWhitelist:\n",
            "  clusterResourceWhitelist:\n    - group: rbac.authorization.k8s.io\n      kind: ClusterRole\n",
            notices: "gitops/unused"),
        DeliveryBreak(
            "a namespace taken from the project", "\(staging)/project-applications.yaml",
            "    - server: https://kubernetes.default.svc\n      namespace: models-staging\n", "",
            notices: "gitops/destination"),
        DeliveryBreak(
            "production follows main", "\(production)/applications.yaml", "targetRevision: production",
            "targetRevision: main", notices: "gitops/revision"),
        DeliveryBreak(
            "production at any hour", "\(production)/project-platform.yaml", "manualSync: false", "manualSync: true",
            notices: "gitops/window"),
        DeliveryBreak(
            "steps that nobody heeds", "k8s/gitops/base/settings.yaml", "progressive.syncs: \"true\"",
            "progressive.syncs: \"false\"", notices: "gitops/steps-off"),
    ]
}
