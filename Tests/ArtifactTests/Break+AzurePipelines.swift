/// The Azure pipelines: each break is in the pipeline or in a template that it includes.
extension Break {
    static let azurePipelines: [Break] = [
        .pipeline(
            "a misspelt key", "templates/test-job.yml", "    timeoutInMinutes: \"30\"", "    timeoutInMinuts: \"30\"",
            notices: "azure-schema/schema"),
        .pipeline(
            "an input that the task does not have", "templates/azure-step.yml", "scriptLocation: scriptPath",
            "scriptPlace: scriptPath", notices: "azure-schema/schema"),
        .pipeline(
            "a stage that waits for one that there is not", "templates/release.yml", "dependsOn: test",
            "dependsOn: tests", notices: "azure-order/depends-on"),
        .pipeline(
            "an output of a step that there is not", "templates/release.yml", "outputs['push.reference']",
            "outputs['pushed.reference']", notices: "azure-order/condition"),
        .pipeline(
            "an output of a stage that dependsOn does not name", "templates/release.yml",
            "          - image\n          - ${{ each stage", "          - ${{ each stage",
            notices: "azure-order/condition"),
        .pipeline(
            "arguments of a task in single quotes", "templates/image-job.yml", "--key \"$(signingKey)\"",
            "--key '$(signingKey)'", notices: "azure-safety/single-quote"),
        .pipeline(
            "a pool that two environments share", "templates/deploy-job.yml",
            "pool: claims-${{ parameters.environment }}\n    timeoutInMinutes: \"60\"",
            "pool: claims-agents\n    timeoutInMinutes: \"60\"", notices: "azure-names/undeclared"),
        .pipeline(
            "an artifact that nobody publishes", "templates/image-job.yml",
            "- download: current\n            artifact: image", "- download: current\n            artifact: picture",
            notices: "azure-order/artifact"),
        .pipeline(
            "an undefined variable", "templates/cluster-step.yml", "--registry $(registry)", "--registry $(registri)",
            notices: "azure-names/undefined"),
        .pipeline(
            "an undeclared service connection", "azure-pipelines.drift.yml",
            "          environment: production\n", "          environment: prod\n", notices: "azure-names/undeclared"),
        .pipeline(
            "a template that there is not", "templates/release.yml", "template: test-job.yml", "template: tests.yml",
            notices: "azure-templates/template"),
        .pipeline(
            "a parameter that the template does not have", "templates/cluster-step.yml",
            "      title: ${{ parameters.title }}", "      titel: ${{ parameters.title }}",
            notices: "azure-templates/parameter-unknown"),
        .pipeline(
            "a Python that production does not run", "azure-pipelines.pr.yml", "python: \"3.7\"", "python: \"3.6\"",
            notices: "azure-templates/parameter-value"),
        .pipeline(
            "a secret in clear", "templates/image-job.yml", "database: required",
            "registryPassword: 0ld-habits", notices: "azure-safety/secret"),
        .pipeline(
            "an unpinned task", "templates/test-job.yml", "task: Cache@2", "task: Cache",
            notices: "azure-safety/unpinned"),
        .pipeline(
            "a step that cannot fail", "templates/image-job.yml", "check-files.sh --image '$(image)'",
            "check-files.sh --image '$(image)' || true", notices: "azure-safety/cannot-fail"),
    ]

    private static func pipeline(
        _ name: String, _ file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        Break(
            name: "Azure pipeline: \(name)", needs: "azure-devops",
            scope: file.hasPrefix("templates/") ? "azure-devops/azure-pipelines.yml" : "azure-devops/\(file)",
            file: "azure-devops/\(file)", text: text, replacement: replacement, notices: notices)
    }
}

/// The Azure modules, whose provider cannot be had: its schema judges them.
extension Break {
    static let azureRegion: [Break] = [
        .module(
            "azure-region", "Azure region: an argument that the provider does not have", file: "cluster.tf",
            "local_account_disabled ", "local_accounts_disabled", notices: "terraform-schema/unknown"),
        .module(
            "azure-region", "Azure region: a text where a list of ranges belongs",
            file: "main.tf", "= [var.address_space]", "= \"10.20.0.0/16\"", notices: "terraform-schema/type"),
    ]
}
