extension Emulator {
    /// ministack, with our corrections: what CloudFormation's stacks are tried on. moto answers CREATE_COMPLETE to them and leaves out bucket
    /// policies, public access blocks, the firewall and scaling policies; ministack makes them, and real change sets.
    static let ministack = Emulator(
        name: "cloudformation-emulator", product: "ministack \(Pins.version(of: "ministack", in: Pins.check) ?? "")",
        tool: .ministack, offset: 1, mark: "Ministack/emulator.py", health: "/_ministack/health",
        arguments: { _ in ["-I", try Resource.path("emulator", "py", in: "Ministack")] },
        environment: {
            [
                "GATEWAY_PORT": "\($0)", "BIND_HOST": "127.0.0.1", "MINISTACK_ACCOUNT_ID": "123456789012",
                // A listener for devices, which would bind every address.
                "IOT_MTLS_ENABLED": "0",
            ]
        },
        account: "123456789012")
}
