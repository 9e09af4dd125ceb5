extension MutationOperator {
    static let probes = [
        MutationOperator(
            "probe-removed", "nobody asks whether the container is well", in: [.kubernetes],
            caughtBy: "a rule that asks for probes on what serves"
        ) { $0.removing(/^\s+(livenessProbe|readinessProbe|startupProbe):/) },
        MutationOperator(
            "probe-misdirected", "a probe asks at an address that nobody serves", in: [.kubernetes],
            caughtBy: "a rule that knows the application's addresses"
        ) { $0.replacing(/\b(path: \/)(healthz|readyz|livez|health|ready|ping)\b/) { ["\($0.1)\($0.2)x"] } },
    ]
}
