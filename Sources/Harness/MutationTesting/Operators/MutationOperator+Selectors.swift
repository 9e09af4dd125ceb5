extension MutationOperator {
    static let selectors = [
        MutationOperator(
            "selector-misspelt", "a selector or a label names something else", in: [.kubernetes],
            caughtBy: "a rule that looks for what the label selects"
        ) {
            $0.replacing(/\b(app\.kubernetes\.io\/name|gateway\.networking\.k8s\.io\/gateway-name): ([a-z0-9-]+)$/) {
                ["\($0.1): \($0.2)x"]
            }
        },
        MutationOperator(
            "reference-misspelt", "a name leads nowhere", in: [.kubernetes],
            caughtBy: "a rule that looks the name up"
        ) {
            $0.replacing(
                /\b(serviceAccountName|priorityClassName|claimName|gatewayClassName|secretName|storageClassName|sectionName|ingressClassName): ([a-z][a-z0-9-]+)$/
            ) { ["\($0.1): \($0.2)x"] }
        },
        MutationOperator(
            "namespace-misspelt", "an object goes to another namespace", in: [.kubernetes],
            caughtBy: "a rule that looks the namespace up"
        ) { $0.replacing(/^(\s*namespace: )([a-z][a-z0-9-]+)$/) { ["\($0.1)\($0.2)x"] } },
    ]
}
