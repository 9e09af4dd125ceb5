import TestSupport

/// The Azure pipelines: each break is in the pipeline or in a template that it includes.
extension Break {
    static let azurePipelines: [Break] = [
        .pipeline(
            id: "azure-devops/misspelt-key", "templates/test-job.yml", "    timeoutInMinutes: \"30\"",
            "    timeoutInMinuts: \"30\"",
            notices: "azure-schema/schema"),
        .pipeline(
            id: "azure-devops/unknown-task-input", "templates/azure-step.yml", "scriptLocation: scriptPath",
            "scriptPlace: scriptPath", notices: "azure-schema/schema"),
        .pipeline(
            id: "azure-devops/unknown-stage-dependency", "templates/release.yml", "dependsOn: test",
            "dependsOn: tests", notices: "azure-order/depends-on"),
        .pipeline(
            id: "azure-devops/unknown-step-output", "templates/release.yml", "outputs['push.reference']",
            "outputs['pushed.reference']", notices: "azure-order/condition"),
        .pipeline(
            id: "azure-devops/output-without-dependency", "templates/release.yml",
            "          - image\n          - ${{ each stage", "          - ${{ each stage",
            notices: "azure-order/condition"),
        .pipeline(
            id: "azure-devops/single-quoted-arguments", "templates/image-job.yml", "--key \"$(signingKey)\"",
            "--key '$(signingKey)'", notices: "azure-safety/single-quote"),
        .pipeline(
            id: "azure-devops/shared-agent-pool", "templates/deploy-job.yml",
            "pool: claims-${{ parameters.environment }}\n    timeoutInMinutes: \"60\"",
            "pool: claims-agents\n    timeoutInMinutes: \"60\"", notices: "azure-names/undeclared"),
        .pipeline(
            id: "azure-devops/unpublished-artifact", "templates/image-job.yml",
            "- download: current\n            artifact: image", "- download: current\n            artifact: picture",
            notices: "azure-order/artifact"),
        .pipeline(
            id: "azure-devops/undefined-variable", "templates/cluster-step.yml", "--registry $(registry)",
            "--registry $(registri)",
            notices: "azure-names/undefined"),
        .pipeline(
            id: "azure-devops/undeclared-service-connection", "azure-pipelines.drift.yml",
            "          environment: production\n", "          environment: prod\n", notices: "azure-names/undeclared"),
        .pipeline(
            id: "azure-devops/unknown-template", "templates/release.yml", "template: test-job.yml",
            "template: tests.yml",
            notices: "azure-templates/template"),
        .pipeline(
            id: "azure-devops/unknown-template-parameter", "templates/cluster-step.yml",
            "      title: ${{ parameters.title }}", "      titel: ${{ parameters.title }}",
            notices: "azure-templates/parameter-unknown"),
        .pipeline(
            id: "azure-devops/wrong-python-version", "azure-pipelines.pr.yml", "python: \"3.7\"", "python: \"3.6\"",
            notices: "azure-templates/parameter-value"),
        .pipeline(
            id: "azure-devops/plain-secret", "templates/image-job.yml", "database: required",
            "registryPassword: 0ld-habits", notices: "azure-safety/secret"),
        .pipeline(
            id: "azure-devops/unpinned-task", "templates/test-job.yml", "task: Cache@2", "task: Cache",
            notices: "azure-safety/unpinned"),
        .pipeline(
            id: "azure-devops/step-cannot-fail", "templates/image-job.yml", "check-files.sh --image '$(image)'",
            "check-files.sh --image '$(image)' || true", notices: "azure-safety/cannot-fail"),
    ]

    private static func pipeline(
        id: BreakID, _ file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            id: id, needs: "azure-devops",
            scope: file.hasPrefix("templates/") ? "azure-devops/azure-pipelines.yml" : "azure-devops/\(file)",
            file: "azure-devops/\(file)", text: text, replacement: replacement, notices: notices)
    }
}

/// The Azure modules, whose provider cannot be had: its schema judges them.
extension Break {
    static let azureRegion: [Break] = [
        .module(
            id: "azure-region/unknown-argument", file: "cluster.tf",
            "local_account_disabled ", "local_accounts_disabled", notices: "terraform-schema/unknown"),
        .module(
            id: "azure-region/wrong-argument-type",
            file: "main.tf", "= [var.address_space]", "= \"10.20.0.0/16\"", notices: "terraform-schema/type"),
    ]
}
